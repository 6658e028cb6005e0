#include "runner/publish.h"

#include <optional>

#include "lib/jobs/reason.h"
#include "runner/storage_reason.h"

namespace vexaa::runner {
namespace {

using base::Code;
using base::Status;

constexpr int kTries = 4;
constexpr base::Duration kPause = std::chrono::seconds(2);

enum class Look { kPublished, kStaged };

base::Result<std::optional<objects::ObjectInfo>> Existing(
    objects::ObjectStore& store, const objects::ObjectPath& path,
    std::stop_token stop) {
  base::Result<objects::ObjectInfo> info = store.Head(path, stop);
  if (info.ok()) return std::optional(*info);
  if (info.status().code() == Code::kNotFound)
    return std::optional<objects::ObjectInfo>();
  return info.status();
}

bool IsOurs(const std::optional<objects::ObjectInfo>& found,
            const StagedUpload& upload) {
  return found && objects::IsOwnResult(*found, upload.identity) &&
         found->size_bytes == upload.staged.size_bytes;
}

// Published already, or still staged as it was written.
base::Result<Look> LookAt(objects::ObjectStore& store,
                          const StagedUpload& upload, std::stop_token stop) {
  ASSIGN_OR_RETURN(auto found, Existing(store, upload.path, stop));
  if (IsOurs(found, upload)) return Look::kPublished;
  RETURN_IF_ERROR(objects::CheckExisting(found, upload.identity,
                                         upload.overwrite, upload.uri));
  auto staged = store.Inspect(upload.path, upload.upload_id, stop);
  if (staged.ok() && !(*staged == upload.staged))
    return Status(Code::kFailedPrecondition, "other parts are staged");
  if (staged.ok()) return Look::kStaged;
  if (staged.status().code() != Code::kNotFound) return staged.status();
  // Gone: published between the two looks, or removed by somebody.
  ASSIGN_OR_RETURN(found, Existing(store, upload.path, stop));
  if (IsOurs(found, upload)) return Look::kPublished;
  return staged.status();
}

bool MayHelpToRepeat(const Status& error) {
  return error.code() == Code::kUnavailable ||
         error.code() == Code::kDeadlineExceeded ||
         error.code() == Code::kAborted;
}

}  // namespace

// From the top after each Complete that the store did not confirm.
Status PublishUpload(objects::ObjectStore& store, const StagedUpload& upload,
                     base::Clock& clock, std::stop_token stop,
                     bool& complete_sent) {
  Status last;
  for (int i = 0; i < kTries; ++i) {
    bool wait = !last.ok() && last.detail() != objects::kUnproven;
    if (wait && !clock.Sleep(kPause, stop)) break;
    base::Result<Look> look = LookAt(store, upload, stop);
    if (look.ok() && *look == Look::kPublished) return Status::Ok();
    last = look.status();
    if (look.ok()) {
      complete_sent = true;
      last = store.Complete(upload.path, upload.upload_id, upload.staged, stop);
      if (last.ok()) return last;
    } else if (!MayHelpToRepeat(last)) {
      break;
    }
  }
  return OutputError(last, upload.uri);
}

}  // namespace vexaa::runner

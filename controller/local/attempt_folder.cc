#include "controller/local/attempt_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "controller/local/file_io.h"
#include "lib/base/digest.h"
#include "lib/base/time_text.h"
#include "lib/jobs/run_outcome.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Result;
using base::Status;
using base::UniqueFd;

// pod.json, exit and a proc stat are far smaller.
constexpr size_t kMaxFileBytes = 64 * 1024;
constexpr char kRemovedPrefix[] = ".removed-";

// The content, or nothing when there is no such file or it is odd.
std::optional<std::string> TryRead(const std::string& path, size_t max_bytes) {
  Result<std::string> text = ReadSmallFile(path, max_bytes);
  if (!text.ok()) return std::nullopt;
  return std::move(*text);
}

std::optional<base::Time> TryModifiedAt(const std::string& path) {
  Result<base::Time> time = ModifiedAt(path);
  if (!time.ok()) return std::nullopt;
  return *time;
}

// A shared lock only fails beside the process's own exclusive one.
Result<bool> IsLocked(const std::string& path) {
  Result<UniqueFd> fd = OpenFile(path, O_RDONLY);
  if (fd.status().code() == Code::kNotFound) return false;
  if (!fd.ok()) return fd.status();
  if (::flock(fd->get(), LOCK_SH | LOCK_NB) == 0) return false;
  if (errno == EWOULDBLOCK) return true;
  return ErrnoStatus("lock " + path, errno);
}

void FreeFolder(const std::string& path) {
  // What cannot be freed now is tried again at the next start.
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

bool AttemptFolder::Exists() const { return FileExists(path()); }

Status AttemptFolder::Make() const {
  if (::mkdir(path().c_str(), 0700) != 0)
    return ErrnoStatus("make " + path(), errno);
  return SyncFolder(parent_);
}

Result<UniqueFd> AttemptFolder::TakeLock() const {
  std::string path = PathOf("lock");
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_RDWR | O_CREAT | O_EXCL));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return ErrnoStatus("lock " + path, errno);
  return fd;
}

Result<UniqueFd> AttemptFolder::OpenLog() const {
  return OpenFile(PathOf("log"), O_WRONLY | O_CREAT | O_APPEND);
}

Status AttemptFolder::WriteRecord(const AttemptRecord& record) const {
  return WriteSmallFile(PathOf("pod.json"), FormatRecord(record),
                        Durability::kPowerLoss);
}

Result<AttemptRecord> AttemptFolder::ReadRecord() const {
  ASSIGN_OR_RETURN(std::string text,
                   ReadSmallFile(PathOf("pod.json"), kMaxFileBytes));
  return ParseRecord(text);
}

Result<AttemptFacts> AttemptFolder::ReadFacts() const {
  AttemptFacts facts;
  // The lock first: what is read after it was free is final.
  ASSIGN_OR_RETURN(facts.locked, IsLocked(PathOf("lock")));
  if (auto stat = TryRead(PathOf("lock"), kMaxFileBytes))
    facts.process = ParseProcStat(*stat);
  if (facts.process) facts.started_at = TryModifiedAt(PathOf("lock"));
  if (auto text = TryRead(PathOf("exit"), kMaxFileBytes)) {
    if (Result<ExitStatus> exit = ParseExit(*text); exit.ok())
      facts.exit = *exit;
  }
  facts.outcome = TryRead(outcome_path(), jobs::kMaxOutcomeBytes + 256);
  if (facts.outcome) facts.outcome_at = TryModifiedAt(outcome_path());
  if (auto text = TryRead(PathOf("deleting"), kMaxFileBytes)) {
    Result<base::Time> by = base::ParseRfc3339(*text);
    facts.delete_by = by.ok() ? *by : base::Time{};
  }
  facts.overdue = FileExists(PathOf("overdue"));
  return facts;
}

Status AttemptFolder::WriteExit(const ExitStatus& exit) const {
  return WriteSmallFile(PathOf("exit"), FormatExit(exit),
                        Durability::kProcessCrash);
}

Status AttemptFolder::MarkDeleting(base::Time delete_by) const {
  return WriteSmallFile(PathOf("deleting"), base::FormatRfc3339(delete_by),
                        Durability::kProcessCrash);
}

Status AttemptFolder::MarkOverdue() const {
  return WriteSmallFile(PathOf("overdue"), "", Durability::kProcessCrash);
}

Result<std::string> AttemptFolder::LogTail(size_t max_bytes) const {
  return ReadTail(PathOf("log"), max_bytes);
}

Status AttemptFolder::CapLog(size_t limit_bytes) const {
  std::string path = PathOf("log");
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return Status::Ok();
  if (static_cast<size_t>(info.st_size) <= limit_bytes) return Status::Ok();
  ASSIGN_OR_RETURN(std::string tail, ReadTail(path, limit_bytes / 2));
  // The process appends (O_APPEND), so its next line follows what is put here.
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_WRONLY | O_APPEND));
  if (::ftruncate(fd.get(), 0) != 0)
    return ErrnoStatus("truncate " + path, errno);
  std::string kept = "[earlier lines were cut]\n" + tail;
  if (::write(fd.get(), kept.data(), kept.size()) < 0)
    return ErrnoStatus("write " + path, errno);
  return Status::Ok();
}

Status AttemptFolder::Remove() const {
  std::string removed = parent_ + "/" + kRemovedPrefix + base::RandomHex(8);
  if (::rename(path().c_str(), removed.c_str()) != 0) {
    if (errno == ENOENT) return Status::Ok();
    return ErrnoStatus("remove " + path(), errno);
  }
  FreeFolder(removed);
  return Status::Ok();
}

void FreeRemovedFolders(const std::string& parent) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    if (entry.path().filename().string().starts_with(kRemovedPrefix))
      FreeFolder(entry.path());
  }
}

}  // namespace vexaa::controller

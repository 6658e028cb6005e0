#include "tests/fakes/fake_resource_store.h"

#include <utility>

namespace vexaa::store {
namespace {

bool IsWaiting(jobs::JobState state) {
  return state == jobs::JobState::kScheduled ||
         state == jobs::JobState::kQueued;
}

}  // namespace

base::Status FakeResourceStore::TakeFailure() {
  return std::exchange(failure_, base::Status::Ok());
}

base::Result<jobs::JobId> FakeResourceStore::Submit(const ResourceJob& job) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  ++submits_;
  auto found = rows_.find(job.cr_uid);
  if (found != rows_.end()) return found->second.row.id;
  if (!job.source_uri.starts_with("s3://") &&
      !job.source_uri.starts_with("file://"))
    return jobs::Fail(jobs::Reason::kInvalidJob,
                      "source_uri_must_be_s3_or_file_uri");
  Row& row = rows_[job.cr_uid];
  row.job = job;
  row.row.cr_uid = job.cr_uid;
  row.row.id = jobs::JobId(++last_id_);
  row.row.output_uri = job.output_uri;
  return row.row.id;
}

base::Result<std::vector<ResourceRow>> FakeResourceStore::Read(
    const std::vector<std::string>& uids) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  rows_asked_ += static_cast<int>(uids.size());
  std::vector<ResourceRow> read;
  for (const std::string& uid : uids)
    if (auto found = rows_.find(uid); found != rows_.end())
      read.push_back(found->second.row);
  return read;
}

base::Status FakeResourceStore::Cancel(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  auto found = rows_.find(uid);
  if (found != rows_.end() && !jobs::IsTerminal(found->second.row.state))
    found->second.cancel_wanted = true;
  return base::Status::Ok();
}

base::Status FakeResourceStore::SetPriority(const std::string& uid,
                                            int priority) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  auto found = rows_.find(uid);
  if (found != rows_.end() && IsWaiting(found->second.row.state))
    found->second.job.priority = priority;
  return base::Status::Ok();
}

base::Result<std::vector<std::string>> FakeResourceStore::ActiveUids(
    const std::string& cr_namespace, std::chrono::seconds) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  std::vector<std::string> uids;
  for (const auto& [uid, row] : rows_)
    if (row.job.cr_namespace == cr_namespace && !IsWaiting(row.row.state) &&
        !row.ended_long_ago)
      uids.push_back(uid);
  return uids;
}

base::Result<std::vector<ResourceName>> FakeResourceStore::Wanted(
    const std::string& cr_namespace) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeFailure());
  std::vector<ResourceName> wanted;
  for (const auto& [uid, row] : rows_)
    if (row.job.cr_namespace == cr_namespace && !row.cancel_wanted &&
        !jobs::IsTerminal(row.row.state))
      wanted.push_back({uid, row.job.cr_name});
  return wanted;
}

}  // namespace vexaa::store

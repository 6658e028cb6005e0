// What time brings due, clean-up and counts.
#include <algorithm>

#include "tests/fakes/fake_job_store.h"

namespace vexaa::store {
namespace {

using jobs::JobState;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

base::Result<int> FakeJobStore::PromoteDue(int limit) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  int count = 0;
  for (auto& [id, row] : rows_) {
    if (count == limit) break;
    if (row.job.state != JobState::kScheduled) continue;
    if (!row.job.run_at || *row.job.run_at > clock_.Now()) continue;
    row.job.state = JobState::kQueued;
    ++count;
  }
  return count;
}

base::Result<int> FakeJobStore::CancelWaiting(int limit) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  int count = 0;
  for (auto& [id, row] : rows_) {
    if (count == limit) break;
    jobs::Job& job = row.job;
    if (!job.cancel_wanted) continue;
    if (job.state != JobState::kScheduled && job.state != JobState::kQueued)
      continue;
    Finish(row, JobState::kCancelled, jobs::Reason::kCancelled);
    job.message = "cancelled before it ran";
    SweepIfTried(row);
    ++count;
  }
  return count;
}

void FakeJobStore::SweepIfTried(Row& row) const {
  base::Time settled = clock_.Now();
  if (row.job.publish_sent_at)
    settled = std::max(settled, *row.job.publish_sent_at + minutes(15));
  if (row.job.attempt > 0 && !row.cleanup_at) row.cleanup_at = settled;
}

base::Status FakeJobStore::AdvanceDrains(
    const std::vector<std::string>& queues) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  for (auto& [name, queue] : queues_) {
    if (queue.state != QueueState::kDraining || !Contains(queues, name))
      continue;
    if (!queue.drain_to) queue.drain_to = jobs::JobId(last_id_);
    if (HasUnfinished(queue)) continue;
    queue.state = QueueState::kPaused;
    queue.drain_to.reset();
  }
  return base::Status::Ok();
}

base::Result<int> FakeJobStore::FailUnknownQueues(int limit) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  int count = 0;
  for (auto& [id, row] : rows_) {
    bool waits = row.job.state == JobState::kQueued ||
                 row.job.state == JobState::kScheduled;
    if (!waits || queues_.contains(row.job.queue_name) || count == limit ||
        row.job.created_at >= clock_.Now() - minutes(5))
      continue;
    Finish(row, JobState::kFailed, jobs::Reason::kInvalidJob);
    row.job.message = "there is no queue " + row.job.queue_name +
                      ": name one of the table queues";
    SweepIfTried(row);
    ++count;
  }
  return count;
}

base::Result<int> FakeJobStore::PurgeFinished(JobState state, seconds age,
                                              int limit) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  if (!jobs::IsTerminal(state))
    return base::Status(base::Code::kInvalidArgument,
                        "only finished jobs are purged");
  return static_cast<int>(std::erase_if(rows_, [&](const auto& entry) {
    const Row& row = entry.second;
    return row.job.state == state && !row.cleanup_at && row.finished_at &&
           *row.finished_at < clock_.Now() - age && limit-- > 0;
  }));
}

base::Status FakeJobStore::DelayStaleUpload(uint64_t id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  for (Stale& stale : stale_)
    if (stale.upload.id == id && stale.not_before <= clock_.Now())
      stale.not_before = clock_.Now() + BackOff(stale.created_at);
  return base::Status::Ok();
}

base::Status FakeJobStore::DelaySweep(jobs::JobId id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto found = rows_.find(id);
  if (found == rows_.end()) return base::Status::Ok();
  Row& row = found->second;
  if (row.cleanup_at && *row.cleanup_at <= clock_.Now())
    row.cleanup_at = clock_.Now() + BackOff(row.finished_at);
  return base::Status::Ok();
}

base::Result<std::vector<StaleUpload>> FakeJobStore::DueStaleUploads(
    int limit) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<StaleUpload> due;
  for (const Stale& stale : stale_)
    if (stale.not_before <= clock_.Now() &&
        due.size() < static_cast<size_t>(limit))
      due.push_back(stale.upload);
  return due;
}

base::Status FakeJobStore::ForgetStaleUpload(uint64_t id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::erase_if(stale_, [&](const Stale& s) { return s.upload.id == id; });
  return base::Status::Ok();
}

base::Status FakeJobStore::NoteLeftUploads(
    const jobs::AttemptId& attempt,
    const std::vector<std::string>& upload_ids) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto found = rows_.find(attempt.job);
  if (found == rows_.end()) return base::Status::Ok();
  const Row& row = found->second;
  if (row.job.attempt == attempt.attempt && jobs::IsLive(row.job.state))
    return base::Status::Ok();
  AttemptEnd left{.open_upload_ids = upload_ids};
  for (const JobOutput& output : row.outputs)
    for (std::string& id : left.open_upload_ids)
      if (id == output.upload_id) id.clear();
  for (const Stale& stale : stale_)
    for (std::string& id : left.open_upload_ids)
      if (id == stale.upload.upload_id) id.clear();
  AddStale(row, left, clock_.Now() + minutes(15));
  return base::Status::Ok();
}

base::Result<std::vector<std::string>> FakeJobStore::ProtectedUploads(
    jobs::JobId id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<std::string> ids;
  for (const Stale& stale : stale_)
    if (stale.job == id && stale.not_before > clock_.Now())
      ids.push_back(stale.upload.upload_id);
  return ids;
}

base::Result<std::vector<jobs::JobId>> FakeJobStore::DueSweeps(
    const std::vector<std::string>& queues, int limit) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<jobs::JobId> due;
  for (const auto& [id, row] : rows_)
    if (row.cleanup_at && *row.cleanup_at <= clock_.Now() &&
        (Contains(queues, row.job.queue_name) ||
         !queues_.contains(row.job.queue_name)))
      due.push_back(id);
  std::stable_sort(due.begin(), due.end(), [&](jobs::JobId a, jobs::JobId b) {
    return *rows_.at(a).cleanup_at < *rows_.at(b).cleanup_at;
  });
  due.resize(std::min(due.size(), static_cast<size_t>(limit)));
  return due;
}

base::Result<std::map<jobs::JobState, int64_t>> FakeJobStore::CountJobs(
    const std::vector<std::string>& queues) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::map<jobs::JobState, int64_t> counts;
  for (JobState state :
       {JobState::kScheduled, JobState::kQueued, JobState::kClaimed,
        JobState::kRunning, JobState::kPublishing})
    counts[state] = 0;
  for (const auto& [id, row] : rows_)
    if (!jobs::IsTerminal(row.job.state) &&
        Contains(queues, row.job.queue_name))
      ++counts[row.job.state];
  return counts;
}

base::Result<bool> FakeJobStore::FinishSweep(jobs::JobId id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto found = rows_.find(id);
  if (found == rows_.end() || !found->second.cleanup_at ||
      *found->second.cleanup_at > clock_.Now())
    return false;
  found->second.cleanup_at.reset();
  Unlock(id);
  return true;
}

}  // namespace vexaa::store

#include "tests/fakes/fake_job_store.h"

#include <algorithm>

namespace vexaa::store {
namespace {

using jobs::JobState;
using std::chrono::minutes;
using std::chrono::seconds;

bool ClaimsBefore(const jobs::Job& a, const jobs::Job& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.id < b.id;
}

}  // namespace

FakeJobStore::FakeJobStore(const base::Clock& clock) : clock_(clock) {
  queues_["default"] = {"default", QueueState::kActive, 10, 20};
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    profiles_[profile.name] = profile;
}

jobs::JobId FakeJobStore::Submit(jobs::Job job) {
  std::lock_guard guard(mutex_);
  job.id = jobs::JobId(++last_id_);
  job.created_at = clock_.Now();
  bool later = job.run_at && *job.run_at > clock_.Now();
  job.state = later ? JobState::kScheduled : JobState::kQueued;
  if (job.profile.empty()) job.profile = "mp3-128k";
  if (job.queue_name.empty()) job.queue_name = "default";
  if (job.max_attempts == 0) job.max_attempts = 5;
  if (job.timeout_seconds == 0) job.timeout_seconds = 3600;
  rows_[job.id].job = job;
  return job.id;
}

void FakeJobStore::SetCancelWanted(jobs::JobId id) {
  std::lock_guard guard(mutex_);
  rows_.at(id).job.cancel_wanted = true;
}

bool FakeJobStore::Retry(jobs::JobId id) {
  std::lock_guard guard(mutex_);
  auto found = rows_.find(id);
  if (found == rows_.end() || found->second.job.state != JobState::kFailed)
    return false;
  jobs::Job& job = found->second.job;
  job.state = JobState::kQueued;
  job.reason = jobs::Reason::kQueued;
  job.message = "put back by vexaa_retry";
  job.failures = job.disruptions = 0;
  job.cancel_wanted = false;
  job.run_at.reset();
  job.first_claimed_at.reset();
  found->second.finished_at.reset();
  return true;
}

void FakeJobStore::PutQueue(const Queue& queue) {
  std::lock_guard guard(mutex_);
  queues_[queue.name] = queue;
}

void FakeJobStore::RemoveQueue(const std::string& name) {
  std::lock_guard guard(mutex_);
  queues_.erase(name);
}

void FakeJobStore::SetQueueState(const std::string& name, QueueState state) {
  std::lock_guard guard(mutex_);
  queues_.at(name).state = state;
  queues_.at(name).drain_to.reset();
}

void FakeJobStore::PutProfile(const jobs::Profile& profile) {
  std::lock_guard guard(mutex_);
  profiles_[profile.name] = profile;
}

std::optional<AttemptRecord> FakeJobStore::Attempt(
    const jobs::AttemptId& attempt) const {
  std::lock_guard guard(mutex_);
  auto row = rows_.find(attempt.job);
  if (row == rows_.end()) return std::nullopt;
  auto found = row->second.attempts.find(attempt.attempt);
  if (found == row->second.attempts.end()) return std::nullopt;
  return found->second;
}

std::optional<jobs::RunProgress> FakeJobStore::Progress(jobs::JobId id) const {
  std::lock_guard guard(mutex_);
  auto row = rows_.find(id);
  if (row == rows_.end() || !row->second.progress) return std::nullopt;
  return row->second.progress->second;
}

int FakeJobStore::success_writes() const {
  std::lock_guard guard(mutex_);
  return success_writes_;
}

int FakeJobStore::log_looks() const {
  std::lock_guard lock(mutex_);
  return log_looks_;
}

void FakeJobStore::FailWith(base::Status status) {
  std::lock_guard guard(mutex_);
  failure_ = std::move(status);
}

FakeJobStore::Row* FakeJobStore::Find(const jobs::AttemptId& attempt) {
  auto found = rows_.find(attempt.job);
  if (found == rows_.end()) return nullptr;
  return found->second.job.attempt == attempt.attempt ? &found->second
                                                      : nullptr;
}

bool FakeJobStore::Contains(const std::vector<std::string>& names,
                            const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void FakeJobStore::Unlock(jobs::JobId id) {
  std::erase_if(locks_, [&](const auto& lock) { return lock.second == id; });
}

void FakeJobStore::Finish(Row& row, JobState state, jobs::Reason reason) {
  row.job.state = state;
  row.job.reason = reason;
  row.job.claim_nonce.clear();
  row.finished_at = clock_.Now();
}

base::Duration FakeJobStore::BackOff(std::optional<base::Time> since) const {
  base::Duration age = since ? clock_.Now() - *since : base::Duration{};
  return std::clamp<base::Duration>(age, seconds(5), minutes(10));
}

bool FakeJobStore::HasUnfinished(const Queue& queue) const {
  return std::any_of(rows_.begin(), rows_.end(), [&](const auto& entry) {
    const jobs::Job& job = entry.second.job;
    return job.queue_name == queue.name && job.id <= *queue.drain_to &&
           !jobs::IsTerminal(job.state);
  });
}

void FakeJobStore::SetInstallationId(std::string id) {
  std::lock_guard guard(mutex_);
  installation_ = std::move(id);
}

base::Result<std::string> FakeJobStore::InstallationId() {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  return installation_;
}

base::Result<std::vector<Queue>> FakeJobStore::ReadQueues(
    const std::vector<std::string>& names) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<Queue> queues;
  for (auto [name, queue] : queues_) {
    if (!Contains(names, name)) continue;
    queue.live = queue.publishing = 0;
    queue.as_of = clock_.Now();
    for (const auto& [id, row] : rows_) {
      if (row.job.queue_name != name || !jobs::IsLive(row.job.state)) continue;
      ++queue.live;
      if (row.job.state == JobState::kPublishing) ++queue.publishing;
    }
    queues.push_back(queue);
  }
  return queues;
}

base::Status FakeJobStore::NoteTrouble(const std::string& queue,
                                       jobs::Reason reason,
                                       const std::string& message) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto found = queues_.find(queue);
  if (found == queues_.end()) return base::Status::Ok();
  QueueTrouble trouble = found->second.trouble.value_or(QueueTrouble{});
  trouble.failures += 1;
  trouble.reason = reason;
  trouble.message = message;
  trouble.last_at = clock_.Now();
  trouble.stopped = trouble.failures >= kTroublesToStop;
  found->second.trouble = trouble;
  return base::Status::Ok();
}

base::Status FakeJobStore::ForgetTrouble(const std::string& queue) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto found = queues_.find(queue);
  if (found != queues_.end()) found->second.trouble.reset();
  return base::Status::Ok();
}

base::Result<std::map<std::string, jobs::Profile>>
FakeJobStore::ReadProfiles() {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  return profiles_;
}

base::Result<std::vector<jobs::Job>> FakeJobStore::Claim(
    const ClaimRequest& request) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<jobs::Job*> ready;
  for (auto& [id, row] : rows_)
    if (row.job.state == JobState::kQueued && !row.job.cancel_wanted &&
        !row.cleanup_at && row.job.queue_name == request.queue &&
        (!request.up_to || id <= *request.up_to))
      ready.push_back(&row.job);
  std::sort(ready.begin(), ready.end(),
            [](auto* a, auto* b) { return ClaimsBefore(*a, *b); });
  size_t count =
      std::min(ready.size(), static_cast<size_t>(std::max(request.limit, 0)));
  std::vector<jobs::Job> claimed;
  for (size_t i = 0; i < count; ++i) {
    jobs::Job& job = *ready[i];
    job.state = JobState::kClaimed;
    job.reason = jobs::Reason::kStarted;
    job.message.clear();
    ++job.attempt;
    job.owner = request.owner;
    job.claim_nonce = request.nonce;
    job.claimed_at = clock_.Now();
    if (!job.first_claimed_at) job.first_claimed_at = job.claimed_at;
    job.started_at.reset();
    job.run_at.reset();
    job.publisher.clear();
    job.node_name.clear();
    job.pod_name = jobs::PodNameFor(job.attempt_id());
    rows_[job.id].attempts[job.attempt].pod_name = job.pod_name;
    claimed.push_back(job);
  }
  return claimed;
}

base::Result<jobs::Job> FakeJobStore::Read(jobs::JobId id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto found = rows_.find(id);
  if (found == rows_.end())
    return base::Status(base::Code::kNotFound,
                        "there is no job " + std::to_string(id.value()));
  jobs::Job job = found->second.job;
  job.as_of = clock_.Now();
  return job;
}

base::Result<std::vector<jobs::Job>> FakeJobStore::ReadLive(
    const std::vector<std::string>& queues) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<jobs::Job> live;
  for (const auto& [id, row] : rows_)
    if (jobs::IsLive(row.job.state) &&
        (queues.empty() || Contains(queues, row.job.queue_name)))
      live.push_back(row.job);
  return live;
}

base::Result<std::vector<jobs::JobId>> FakeJobStore::ReadCancelWanted(
    const std::vector<std::string>& queues) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<jobs::JobId> ids;
  for (const auto& [id, row] : rows_)
    if (row.job.cancel_wanted && Contains(queues, row.job.queue_name) &&
        (row.job.state == JobState::kClaimed ||
         row.job.state == JobState::kRunning))
      ids.push_back(id);
  return ids;
}

base::Result<JobWithOutputs> FakeJobStore::ReadWithOutputs(jobs::JobId id) {
  ASSIGN_OR_RETURN(jobs::Job job, Read(id));
  ASSIGN_OR_RETURN(std::vector<JobOutput> outputs, ReadOutputs(id));
  return JobWithOutputs{std::move(job), std::move(outputs)};
}

base::Result<std::vector<JobOutput>> FakeJobStore::ReadOutputs(jobs::JobId id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto found = rows_.find(id);
  if (found == rows_.end()) return std::vector<JobOutput>();
  return found->second.outputs;
}

}  // namespace vexaa::store

#include "tests/fakes/fake_job_store.h"

#include <algorithm>
#include <set>

namespace vexaa::store {
namespace {

using jobs::JobState;
using std::chrono::minutes;
using std::chrono::seconds;

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool MayEnd(JobState from, JobState to) {
  return jobs::IsLive(from) && to != JobState::kPublishing &&
         to != JobState::kRunning && to != JobState::kSucceeded &&
         jobs::CanMove(from, to);
}

bool ClaimsBefore(const jobs::Job& a, const jobs::Job& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.id < b.id;
}

void Stage(std::vector<JobOutput>& outputs, const jobs::OutputResult& result) {
  for (JobOutput& output : outputs) {
    if (output.index != result.index) continue;
    output.upload_id = result.upload_id;
    output.part_count = result.part_count;
    output.bytes = result.bytes;
    output.parts_digest = result.parts_digest;
  }
}

}  // namespace

// Every override begins with it: the lock, and the failure a test asked for.
#define ENTER()                  \
  std::lock_guard guard(mutex_); \
  if (!failure_.ok()) return failure_

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

base::Result<std::string> FakeJobStore::InstallationId() {
  ENTER();
  return std::string("00000000-0000-4000-8000-000000000001");
}

base::Result<std::vector<Queue>> FakeJobStore::ReadQueues(
    const std::vector<std::string>& names) {
  ENTER();
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
  ENTER();
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
  ENTER();
  auto found = queues_.find(queue);
  if (found != queues_.end()) found->second.trouble.reset();
  return base::Status::Ok();
}

base::Result<std::map<std::string, jobs::Profile>>
FakeJobStore::ReadProfiles() {
  ENTER();
  return profiles_;
}

base::Result<std::vector<jobs::Job>> FakeJobStore::Claim(
    const ClaimRequest& request) {
  ENTER();
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
  ENTER();
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
  ENTER();
  std::vector<jobs::Job> live;
  for (const auto& [id, row] : rows_)
    if (jobs::IsLive(row.job.state) &&
        (queues.empty() || Contains(queues, row.job.queue_name)))
      live.push_back(row.job);
  return live;
}

base::Result<std::vector<jobs::JobId>> FakeJobStore::ReadCancelWanted(
    const std::vector<std::string>& queues) {
  ENTER();
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
  ENTER();
  auto found = rows_.find(id);
  if (found == rows_.end()) return std::vector<JobOutput>();
  return found->second.outputs;
}

base::Result<bool> FakeJobStore::FixFirstPlans(
    const std::vector<FirstPlan>& plans) {
  ENTER();
  std::set<std::string> uris;
  for (const FirstPlan& each : plans) {
    Row* row = Find({each.job, 1});
    if (row == nullptr || row->job.state != JobState::kClaimed ||
        !row->job.plan.empty())
      return false;
    for (const jobs::OutputPlan& output : each.plan.outputs)
      if (locks_.contains(output.uri) || !uris.insert(output.uri).second)
        return base::Status(base::Code::kAlreadyExists, "an output is taken");
  }
  for (const FirstPlan& each : plans) (void)Plan({each.job, 1}, each.plan);
  return true;
}

base::Result<bool> FakeJobStore::FixPlan(const jobs::AttemptId& attempt,
                                         const jobs::JobPlan& plan) {
  ENTER();
  return Plan(attempt, plan);
}

base::Result<bool> FakeJobStore::Plan(const jobs::AttemptId& attempt,
                                      const jobs::JobPlan& plan) {
  if (plan.outputs.empty())
    return base::Status(base::Code::kInvalidArgument, "a plan without outputs");
  Row* row = Find(attempt);
  if (row == nullptr || row->job.state != JobState::kClaimed) return false;
  for (const jobs::OutputPlan& output : plan.outputs) {
    auto lock = locks_.find(output.uri);
    if (lock != locks_.end() && lock->second != attempt.job)
      return jobs::Fail(jobs::Reason::kOutputBusy,
                        "job " + std::to_string(lock->second.value()) +
                            " is writing " + output.uri +
                            "; this one waits for it");
  }
  Unlock(attempt.job);
  row->outputs.clear();
  for (const jobs::OutputPlan& output : plan.outputs) {
    locks_[output.uri] = attempt.job;
    JobOutput planned;
    planned.index = output.index;
    planned.kind = jobs::OutputKindName(output.kind);
    planned.profile = output.profile.name;
    planned.uri = output.uri;
    row->outputs.push_back(planned);
  }
  row->job.plan = jobs::FormatPlan(plan);
  if (row->job.output_uri.empty())
    row->job.output_uri = plan.outputs.front().uri;
  return true;
}

base::Result<bool> FakeJobStore::NoteWaiting(const jobs::AttemptId& attempt,
                                             jobs::Reason reason,
                                             const std::string& message) {
  ENTER();
  Row* row = Find(attempt);
  if (row == nullptr || row->job.state != JobState::kClaimed) return false;
  row->job.reason = reason;
  row->job.message = message;
  return true;
}

base::Result<int> FakeJobStore::CountAttempts(jobs::JobId id,
                                              jobs::Reason reason) {
  ENTER();
  auto row = rows_.find(id);
  if (row == rows_.end()) return 0;
  int count = 0;
  for (const auto& [number, record] : row->second.attempts)
    if (record.reason == reason) ++count;
  return count;
}

base::Result<bool> FakeJobStore::MarkRunning(const jobs::AttemptId& attempt,
                                             const RunningFacts& facts) {
  ENTER();
  Row* row = Find(attempt);
  if (row == nullptr || (row->job.state != JobState::kClaimed &&
                         row->job.state != JobState::kRunning))
    return false;
  row->job.state = JobState::kRunning;
  row->job.reason = jobs::Reason::kRunning;
  row->job.message.clear();
  if (!facts.pod_name.empty()) row->job.pod_name = facts.pod_name;
  if (!facts.node_name.empty()) row->job.node_name = facts.node_name;
  if (!row->job.started_at) row->job.started_at = clock_.Now();
  return true;
}

base::Result<bool> FakeJobStore::BeginPublish(const jobs::AttemptId& attempt,
                                              const std::string& publisher,
                                              const jobs::RunOutcome& outcome) {
  ENTER();
  Row* row = Find(attempt);
  if (row == nullptr || row->job.cancel_wanted ||
      (row->job.state != JobState::kClaimed &&
       row->job.state != JobState::kRunning))
    return false;
  row->job.state = JobState::kPublishing;
  row->job.reason = jobs::Reason::kPublishing;
  row->job.message.clear();
  row->job.publisher = publisher;
  row->job.publish_sent_at = clock_.Now();
  if (!row->job.started_at) row->job.started_at = clock_.Now();
  for (const auto& result : outcome.outputs) Stage(row->outputs, result);
  if (!outcome.outputs.empty())
    std::erase_if(row->outputs, [&](const JobOutput& output) {
      return std::none_of(outcome.outputs.begin(), outcome.outputs.end(),
                          [&](const jobs::OutputResult& result) {
                            return result.index == output.index;
                          });
    });
  row->attempts[attempt.attempt].outcome = outcome;
  return true;
}

base::Result<bool> FakeJobStore::HoldPublish(const jobs::AttemptId& attempt,
                                             const std::string& publisher) {
  ENTER();
  Row* row = Find(attempt);
  if (row == nullptr || row->job.state != JobState::kPublishing) return false;
  bool silent = !row->job.publish_sent_at ||
                *row->job.publish_sent_at < clock_.Now() - seconds(60);
  if (row->job.publisher != publisher && !silent) return false;
  row->job.publisher = publisher;
  row->job.publish_sent_at = clock_.Now();
  return true;
}

base::Result<bool> FakeJobStore::MarkSucceeded(const jobs::AttemptId& attempt,
                                               const std::string& message,
                                               bool sweep) {
  ENTER();
  Row* row = Find(attempt);
  if (row == nullptr || row->job.state != JobState::kPublishing) return false;
  Finish(*row, JobState::kSucceeded, jobs::Reason::kSucceeded);
  row->job.message = message;
  row->job.publisher.clear();
  for (JobOutput& output : row->outputs) output.published = true;
  AttemptRecord& record = row->attempts[attempt.attempt];
  record.finished_at = clock_.Now();
  record.reason = jobs::Reason::kSucceeded;
  record.message = message;
  if (!record.exit_code) record.exit_code = 0;
  if (sweep) {
    row->cleanup_at = clock_.Now();
  } else {
    Unlock(attempt.job);
  }
  return true;
}

void FakeJobStore::AddStale(const Row& row, const AttemptEnd& end,
                            base::Time not_before) {
  for (const JobOutput& output : row.outputs) {
    auto index = static_cast<size_t>(output.index);
    if (index >= end.open_upload_ids.size()) continue;
    if (end.open_upload_ids[index].empty()) continue;
    stale_.push_back(
        {{++last_stale_id_, output.uri, end.open_upload_ids[index]},
         row.job.id,
         not_before,
         clock_.Now()});
  }
}

base::Result<bool> FakeJobStore::EndAttempt(const jobs::AttemptId& attempt,
                                            const AttemptEnd& end) {
  ENTER();
  Row* row = Find(attempt);
  if (row == nullptr || !MayEnd(row->job.state, end.next.state)) return false;
  bool published = row->job.state == JobState::kPublishing;
  base::Time settled = clock_.Now() + (published ? minutes(15) : minutes(0));
  row->job.state = end.next.state;
  row->job.reason = end.reason;
  row->job.message = end.message;
  row->job.failures = end.next.failures;
  row->job.disruptions = end.next.disruptions;
  row->job.publisher.clear();
  row->job.run_at.reset();
  if (end.next.state == JobState::kScheduled) row->job.run_at = end.next.run_at;
  AttemptRecord& record = row->attempts[attempt.attempt];
  record.finished_at = clock_.Now();
  record.exit_code = end.exit_code;
  record.reason = end.reason;
  record.message = end.message;
  if (!end.outcome.token.empty()) record.outcome = end.outcome;
  AddStale(*row, end, settled);
  row->job.claim_nonce.clear();
  if (!jobs::IsTerminal(end.next.state)) return true;
  Finish(*row, end.next.state, end.reason);
  if (end.sweep || published) {
    row->cleanup_at = settled;
  } else {
    Unlock(attempt.job);
  }
  return true;
}

base::Status FakeJobStore::SaveLogTail(const jobs::AttemptId& attempt,
                                       const std::string& log_tail) {
  ENTER();
  auto row = rows_.find(attempt.job);
  if (row == rows_.end()) return base::Status::Ok();
  auto record = row->second.attempts.find(attempt.attempt);
  if (record != row->second.attempts.end()) record->second.log_tail = log_tail;
  return base::Status::Ok();
}

base::Result<std::vector<jobs::AttemptId>> FakeJobStore::AttemptsWithoutLog(
    const std::vector<jobs::AttemptId>& attempts) {
  ENTER();
  ++log_looks_;
  std::vector<jobs::AttemptId> without;
  for (const jobs::AttemptId& attempt : attempts) {
    auto row = rows_.find(attempt.job);
    if (row == rows_.end()) continue;
    auto record = row->second.attempts.find(attempt.attempt);
    if (record != row->second.attempts.end() && !record->second.log_tail)
      without.push_back(attempt);
  }
  return without;
}

base::Status FakeJobStore::SaveProgress(const jobs::AttemptId& attempt,
                                        const jobs::RunProgress& progress) {
  ENTER();
  auto row = rows_.find(attempt.job);
  if (row == rows_.end()) return base::Status::Ok();
  auto& kept = row->second.progress;
  if (!kept || kept->first <= attempt.attempt)
    kept = std::pair(attempt.attempt, progress);
  return base::Status::Ok();
}

base::Result<int> FakeJobStore::PromoteDue(int limit) {
  ENTER();
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
  ENTER();
  int count = 0;
  for (auto& [id, row] : rows_) {
    if (count == limit) break;
    jobs::Job& job = row.job;
    if (!job.cancel_wanted) continue;
    if (job.state != JobState::kScheduled && job.state != JobState::kQueued)
      continue;
    Finish(row, JobState::kCancelled, jobs::Reason::kCancelled);
    job.message = "cancelled before it ran";
    base::Time settled = clock_.Now();
    if (job.publish_sent_at)
      settled = std::max(settled, *job.publish_sent_at + minutes(15));
    if (job.attempt > 0 && !row.cleanup_at) row.cleanup_at = settled;
    ++count;
  }
  return count;
}

base::Status FakeJobStore::AdvanceDrains(
    const std::vector<std::string>& queues) {
  ENTER();
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
  ENTER();
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
    ++count;
  }
  return count;
}

base::Result<int> FakeJobStore::PurgeFinished(JobState state, seconds age,
                                              int limit) {
  ENTER();
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
  ENTER();
  for (Stale& stale : stale_)
    if (stale.upload.id == id && stale.not_before <= clock_.Now())
      stale.not_before = clock_.Now() + BackOff(stale.created_at);
  return base::Status::Ok();
}

base::Status FakeJobStore::DelaySweep(jobs::JobId id) {
  ENTER();
  auto found = rows_.find(id);
  if (found == rows_.end()) return base::Status::Ok();
  Row& row = found->second;
  if (row.cleanup_at && *row.cleanup_at <= clock_.Now())
    row.cleanup_at = clock_.Now() + BackOff(row.finished_at);
  return base::Status::Ok();
}

base::Result<std::vector<StaleUpload>> FakeJobStore::DueStaleUploads(
    int limit) {
  ENTER();
  std::vector<StaleUpload> due;
  for (const Stale& stale : stale_)
    if (stale.not_before <= clock_.Now() &&
        due.size() < static_cast<size_t>(limit))
      due.push_back(stale.upload);
  return due;
}

base::Status FakeJobStore::ForgetStaleUpload(uint64_t id) {
  ENTER();
  std::erase_if(stale_, [&](const Stale& s) { return s.upload.id == id; });
  return base::Status::Ok();
}

base::Status FakeJobStore::NoteLeftUploads(
    const jobs::AttemptId& attempt,
    const std::vector<std::string>& upload_ids) {
  ENTER();
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
  ENTER();
  std::vector<std::string> ids;
  for (const Stale& stale : stale_)
    if (stale.job == id && stale.not_before > clock_.Now())
      ids.push_back(stale.upload.upload_id);
  return ids;
}

base::Result<std::vector<jobs::JobId>> FakeJobStore::DueSweeps(
    const std::vector<std::string>& queues, int limit) {
  ENTER();
  std::vector<jobs::JobId> due;
  for (const auto& [id, row] : rows_)
    if (row.cleanup_at && *row.cleanup_at <= clock_.Now() &&
        Contains(queues, row.job.queue_name))
      due.push_back(id);
  std::stable_sort(due.begin(), due.end(), [&](jobs::JobId a, jobs::JobId b) {
    return *rows_.at(a).cleanup_at < *rows_.at(b).cleanup_at;
  });
  due.resize(std::min(due.size(), static_cast<size_t>(limit)));
  return due;
}

base::Result<std::map<jobs::JobState, int64_t>> FakeJobStore::CountJobs(
    const std::vector<std::string>& queues) {
  ENTER();
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
  ENTER();
  auto found = rows_.find(id);
  if (found == rows_.end() || !found->second.cleanup_at ||
      *found->second.cleanup_at > clock_.Now())
    return false;
  found->second.cleanup_at.reset();
  Unlock(id);
  return true;
}

}  // namespace vexaa::store

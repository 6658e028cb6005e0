// Attempts, from their plan to their end.
#include <algorithm>
#include <set>

#include "lib/store/job_rows.h"
#include "tests/fakes/fake_job_store.h"

namespace vexaa::store {
namespace {

using jobs::JobState;
using std::chrono::minutes;
using std::chrono::seconds;

bool MayEnd(JobState from, JobState to) {
  return jobs::IsLive(from) && to != JobState::kPublishing &&
         to != JobState::kRunning && to != JobState::kSucceeded &&
         jobs::CanMove(from, to);
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

base::Result<bool> FakeJobStore::FixFirstPlans(
    const std::vector<FirstPlan>& plans) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
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
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
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
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  Row* row = Find(attempt);
  bool waits = row != nullptr && (row->job.state == JobState::kClaimed ||
                                  row->job.state == JobState::kPublishing);
  if (!waits) return false;
  row->job.reason = reason;
  row->job.message = message;
  return true;
}

base::Result<std::optional<base::Time>> FakeJobStore::LastWorked(
    jobs::JobId id) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::optional<base::Time> last;
  auto row = rows_.find(id);
  if (row == rows_.end()) return last;
  for (const auto& [number, record] : row->second.attempts)
    if (record.reason && !jobs::IsWaiting(*record.reason))
      last = std::max(last, record.finished_at);
  return last;
}

base::Result<int> FakeJobStore::CountAttempts(jobs::JobId id,
                                              jobs::Reason reason) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto row = rows_.find(id);
  if (row == rows_.end()) return 0;
  int count = 0;
  for (const auto& [number, record] : row->second.attempts)
    if (record.reason == reason) ++count;
  return count;
}

base::Result<bool> FakeJobStore::MarkRunning(const jobs::AttemptId& attempt,
                                             const RunningFacts& facts) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
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
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
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
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  Row* row = Find(attempt);
  if (row == nullptr || row->job.state != JobState::kPublishing) return false;
  bool silent = !row->job.publish_sent_at ||
                *row->job.publish_sent_at < clock_.Now() - seconds(60);
  if (row->job.publisher != publisher && !silent) return false;
  row->job.publisher = publisher;
  row->job.publish_sent_at = clock_.Now();
  return true;
}

base::Result<std::vector<jobs::AttemptId>> FakeJobStore::MarkSucceeded(
    const std::vector<Success>& successes) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  std::vector<jobs::AttemptId> moved;
  if (successes.size() > kMaxSuccesses)
    return base::Status(base::Code::kInvalidArgument, "too many at once");
  ++success_writes_;
  for (const Success& each : successes)
    if (Succeed(each)) moved.push_back(each.attempt);
  return moved;
}

bool FakeJobStore::Succeed(const Success& success) {
  Row* row = Find(success.attempt);
  if (row == nullptr || row->job.state != JobState::kPublishing) return false;
  Finish(*row, JobState::kSucceeded, jobs::Reason::kSucceeded);
  row->job.message = "published";
  row->job.publisher.clear();
  for (JobOutput& output : row->outputs) output.published = true;
  AttemptRecord& record = row->attempts[success.attempt.attempt];
  record.finished_at = clock_.Now();
  record.reason = jobs::Reason::kSucceeded;
  record.message = row->job.message;
  if (!record.exit_code) record.exit_code = 0;
  if (success.sweep)
    row->cleanup_at = clock_.Now();
  else
    Unlock(success.attempt.job);
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
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
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

base::Status FakeJobStore::SaveLogTails(const std::vector<LogTail>& tails) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  for (const LogTail& tail : tails) {
    auto row = rows_.find(tail.attempt.job);
    if (row == rows_.end()) continue;
    auto record = row->second.attempts.find(tail.attempt.attempt);
    if (record != row->second.attempts.end())
      record->second.log_tail = FitTail(tail.text, 8 << 10);
  }
  return base::Status::Ok();
}

base::Result<std::vector<jobs::AttemptId>> FakeJobStore::AttemptsWithoutLog(
    const std::vector<jobs::AttemptId>& attempts) {
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
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
  std::lock_guard guard(mutex_);
  RETURN_IF_ERROR(failure_);
  auto row = rows_.find(attempt.job);
  if (row == rows_.end()) return base::Status::Ok();
  auto& kept = row->second.progress;
  if (!kept || kept->first <= attempt.attempt)
    kept = std::pair(attempt.attempt, progress);
  return base::Status::Ok();
}

}  // namespace vexaa::store

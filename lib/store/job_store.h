// The job database as the controller uses it: claims, guarded transitions and
// clean-up lists. Every transition is one UPDATE guarded by id, attempt and
// state; it returns false when the guard did not hold (somebody else moved the
// row: read again and decide again). Implementations are thread-safe and
// retry lost races and lost connections by themselves; what they return then
// is kUnavailable. All times are the database's own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/jobs/job_plan.h"
#include "lib/jobs/retry_policy.h"
#include "lib/jobs/run_outcome.h"

namespace vexaa::store {

enum class QueueState { kActive, kPaused, kDraining };

// Attempts of a queue that ended in a row by a fault of the installation.
struct QueueTrouble {
  int failures = 0;
  jobs::Reason reason = jobs::Reason::kInvalidConfig;  // of the last one
  std::string message;
  base::Time last_at;
  bool stopped = false;  // nothing but probes is claimed
};

struct Queue {
  std::string name;
  QueueState state = QueueState::kActive;
  int max_running = 0;  // rows claimed, running or publishing; 0: no limit
  int max_pending = 0;  // of them, without a node yet; 0: no limit
  int live = 0;         // rows claimed, running or publishing now
  // While it drains: the last job it still takes, once that is noted.
  std::optional<jobs::JobId> drain_to = {};
  int publishing = 0;  // of them
  std::optional<QueueTrouble> trouble = std::nullopt;
  base::Time as_of = {};  // when this was read
};

// So many faults of the installation in a row stop a queue.
inline constexpr int kTroublesToStop = 5;

struct ClaimRequest {
  std::string queue;
  int limit = 0;
  std::string owner;  // names this controller process
  std::string nonce;  // fresh for every call; a lost COMMIT is re-read by it
  std::optional<jobs::JobId> up_to = {};  // none above it
};

// The pod as seen when it runs.
struct RunningFacts {
  std::string pod_name;
  std::string node_name;
};

// What is written when an attempt ends without a published result.
struct AttemptEnd {
  jobs::Reason reason = jobs::Reason::kInternal;
  std::string message;
  // kScheduled, kQueued, kFailed or kCancelled, and the row's new counts.
  jobs::RetryStep next;
  std::optional<int> exit_code;
  jobs::RunOutcome outcome;  // its measurements; default when there was none
  // Uploads known to be open: each is aborted later, on its own.
  std::vector<std::string> open_upload_ids;  // by output index, "" for none
  // Uploads may be open that nobody knows the id of: the row is due for a
  // sweep by key before its output locks are given up.
  bool sweep = false;
};

// An attempt whose results are published. `sweep` as in AttemptEnd.
struct Success {
  jobs::AttemptId attempt;
  bool sweep = false;
};
inline constexpr size_t kMaxSuccesses = 64;

// The plan of a job that has none yet.
struct FirstPlan {
  jobs::JobId job;
  jobs::JobPlan plan;
};

struct JobOutput {
  int index = 0;
  std::string kind;
  std::string profile;
  std::string uri;
  std::string upload_id;  // staged, once publishing
  int part_count = 0;
  uint64_t bytes = 0;
  std::string parts_digest;
  bool published = false;
  bool operator==(const JobOutput&) const = default;
};

struct JobWithOutputs {
  jobs::Job job;
  std::vector<JobOutput> outputs;  // by index
};

// The end of the log of an attempt's runner.
struct LogTail {
  jobs::AttemptId attempt;
  std::string text;
};

struct StaleUpload {
  uint64_t id = 0;
  std::string uri;
  std::string upload_id;
};

// The output rows of a plan as BeginPublish leaves them. PURE.
std::vector<JobOutput> StagedOutputs(const jobs::JobPlan& plan,
                                     const jobs::RunOutcome& outcome);

class JobStore {
 public:
  virtual ~JobStore() = default;

  // The UUID of this installation, the same for every controller of it.
  virtual base::Result<std::string> InstallationId() = 0;
  // The named queues that exist, with their counts.
  virtual base::Result<std::vector<Queue>> ReadQueues(
      const std::vector<std::string>& names) = 0;
  virtual base::Result<std::map<std::string, jobs::Profile>> ReadProfiles() = 0;

  // One more attempt of this queue ended by a fault of the installation; past
  // kTroublesToStop of them it is stopped.
  virtual base::Status NoteTrouble(const std::string& queue,
                                   jobs::Reason reason,
                                   const std::string& message) = 0;
  // The installation works for this queue: forgets its trouble.
  virtual base::Status ForgetTrouble(const std::string& queue) = 0;

  // queued -> claimed, attempt + 1, highest priority first, then by id. Rows
  // whose cancel is wanted or whose sweep is due are left out.
  virtual base::Result<std::vector<jobs::Job>> Claim(
      const ClaimRequest& request) = 0;
  virtual base::Result<jobs::Job> Read(jobs::JobId id) = 0;  // kNotFound
  // Every claimed, running or publishing row of these queues; of all queues
  // when none is named.
  virtual base::Result<std::vector<jobs::Job>> ReadLive(
      const std::vector<std::string>& queues) = 0;
  // Ids of live rows of these queues whose owner wants them cancelled.
  virtual base::Result<std::vector<jobs::JobId>> ReadCancelWanted(
      const std::vector<std::string>& queues) = 0;
  virtual base::Result<std::vector<JobOutput>> ReadOutputs(jobs::JobId id) = 0;
  // Both, as of one moment; kNotFound.
  virtual base::Result<JobWithOutputs> ReadWithOutputs(jobs::JobId id) = 0;

  // Fixes plan, output_uri and output rows and takes the output locks; only a
  // claimed row, once in every attempt (a sweep may have given the locks up),
  // safe to repeat. kAborted (detail OutputBusy): another job holds one of
  // them.
  virtual base::Result<bool> FixPlan(const jobs::AttemptId& attempt,
                                     const jobs::JobPlan& plan) = 0;
  // The same for rows that were claimed together for their first attempt, in
  // one transaction: all of them or none. False, or any error: none was, and
  // FixPlan tells of each why.
  virtual base::Result<bool> FixFirstPlans(
      const std::vector<FirstPlan>& plans) = 0;
  // Says why a claimed row, or one in publishing, waits; it stays what it is.
  virtual base::Result<bool> NoteWaiting(const jobs::AttemptId& attempt,
                                         jobs::Reason reason,
                                         const std::string& message) = 0;
  // Attempts of the job, this one and vexaa_retry's past included, that ended
  // by this reason.
  virtual base::Result<int> CountAttempts(jobs::JobId id,
                                          jobs::Reason reason) = 0;
  // The end of the job's latest attempt that did not only wait
  // (jobs::IsWaiting); nothing: none was.
  virtual base::Result<std::optional<base::Time>> LastWorked(
      jobs::JobId id) = 0;
  // claimed -> running; true also when it already runs.
  virtual base::Result<bool> MarkRunning(const jobs::AttemptId& attempt,
                                         const RunningFacts& facts) = 0;
  // claimed or running -> publishing, unless a cancel is wanted; writes what
  // is staged into the output rows, and deletes those of outputs that the
  // outcome does not have (unless it has none at all).
  virtual base::Result<bool> BeginPublish(const jobs::AttemptId& attempt,
                                          const std::string& publisher,
                                          const jobs::RunOutcome& outcome) = 0;
  // Before every Complete: true when this publisher may send one now. Renews
  // its hold, or takes it over after 60 s of silence of another one.
  virtual base::Result<bool> HoldPublish(const jobs::AttemptId& attempt,
                                         const std::string& publisher) = 0;
  // publishing -> succeeded, together; the attempts of which that was true.
  // At most kMaxSuccesses.
  virtual base::Result<std::vector<jobs::AttemptId>> MarkSucceeded(
      const std::vector<Success>& successes) = 0;
  // claimed, running or publishing -> end.next.state. A row in publishing is
  // never cancelled; its uploads are aborted 15 min after the last Complete
  // was sent at the earliest.
  virtual base::Result<bool> EndAttempt(const jobs::AttemptId& attempt,
                                        const AttemptEnd& end) = 0;
  // Adds what came too late for the transition.
  virtual base::Status SaveLogTails(const std::vector<LogTail>& tails) = 0;
  // Those of these attempts that have a row without the end of a log; 200
  // attempts at most.
  virtual base::Result<std::vector<jobs::AttemptId>> AttemptsWithoutLog(
      const std::vector<jobs::AttemptId>& attempts) = 0;
  virtual base::Status SaveProgress(const jobs::AttemptId& attempt,
                                    const jobs::RunProgress& progress) = 0;

  // scheduled -> queued for rows that are due; how many.
  virtual base::Result<int> PromoteDue(int limit) = 0;
  // scheduled or queued -> cancelled where that is wanted; how many.
  virtual base::Result<int> CancelWaiting(int limit) = 0;

  // Notes how far draining queues of these still take jobs, and pauses those
  // with nothing left.
  virtual base::Status AdvanceDrains(
      const std::vector<std::string>& queues) = 0;
  // Waiting rows, older than 5 min, of queues that nobody made -> failed,
  // InvalidJob; how many. Of each queue only the first `limit` are looked at,
  // and those that somebody else has locked are left for another time.
  virtual base::Result<int> FailUnknownQueues(int limit) = 0;
  // Deletes rows that reached this terminal state longer than `age` ago, with
  // all that belongs to them; the oldest `limit` at most; how many. Rows that
  // wait for their sweep stay.
  virtual base::Result<int> PurgeFinished(jobs::JobState state,
                                          std::chrono::seconds age,
                                          int limit) = 0;

  // Uploads to abort now, and to forget afterwards; what cannot be aborted now
  // is put behind the others.
  virtual base::Result<std::vector<StaleUpload>> DueStaleUploads(int limit) = 0;
  virtual base::Status ForgetStaleUpload(uint64_t id) = 0;
  // Uploads that a finished runner of this attempt names, by output index, ""
  // for none: each is aborted in 15 min, but what the job's outputs name as
  // theirs and what is noted already. A live attempt's are left alone.
  virtual base::Status NoteLeftUploads(
      const jobs::AttemptId& attempt,
      const std::vector<std::string>& upload_ids) = 0;
  virtual base::Status DelayStaleUpload(uint64_t id) = 0;
  // Uploads of this job that must not be aborted yet: those whose time in
  // stale_uploads has not come.
  virtual base::Result<std::vector<std::string>> ProtectedUploads(
      jobs::JobId id) = 0;
  // Rows of these queues, and of queues that are no more, that are due for
  // their sweep by key. None of them is live, and none is claimed (also after
  // vexaa_retry) until FinishSweep().
  virtual base::Result<std::vector<jobs::JobId>> DueSweeps(
      const std::vector<std::string>& queues, int limit) = 0;
  // Puts a sweep that could not be finished now behind the others.
  virtual base::Status DelaySweep(jobs::JobId id) = 0;
  // Rows of these queues by state, all states but the terminal ones. Takes as
  // long as there are jobs: for metrics, at a pace that follows its cost.
  virtual base::Result<std::map<jobs::JobState, int64_t>> CountJobs(
      const std::vector<std::string>& queues) = 0;
  // The sweep is done: gives up the output locks, the row may be claimed again.
  virtual base::Result<bool> FinishSweep(jobs::JobId id) = 0;
};

}  // namespace vexaa::store

// The job store in memory, for tests of what uses it. It passes the suite the
// real servers pass (tests/conformance/store_test.cc). Thread-safe; `clock`
// must outlive it and is the database's time.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/store/job_store.h"

namespace vexaa::store {

// What a store keeps of an attempt, for tests to look at.
struct AttemptRecord {
  std::string pod_name;
  std::optional<base::Time> finished_at;
  std::optional<int> exit_code;
  std::optional<jobs::Reason> reason;
  std::string message;
  std::optional<std::string> log_tail;
  jobs::RunOutcome outcome;
};

class FakeJobStore final : public JobStore {
 public:
  explicit FakeJobStore(const base::Clock& clock);

  // What users and operators do.
  jobs::JobId Submit(jobs::Job job);  // id and state are set here
  void SetCancelWanted(jobs::JobId id);
  bool Retry(jobs::JobId id);  // vexaa_retry: only a failed job
  void PutQueue(const Queue& queue);
  void RemoveQueue(const std::string& name);
  void SetQueueState(const std::string& name, QueueState state);
  void PutProfile(const jobs::Profile& profile);
  // Another database's.
  void SetInstallationId(std::string id);

  // What tests look at.
  std::optional<AttemptRecord> Attempt(const jobs::AttemptId& attempt) const;
  std::optional<jobs::RunProgress> Progress(jobs::JobId id) const;
  int log_looks() const;       // calls of AttemptsWithoutLog
  int success_writes() const;  // calls of MarkSucceeded
  // Every call fails with `status` until it is set to OK.
  void FailWith(base::Status status);

  base::Result<std::string> InstallationId() override;
  base::Result<std::vector<Queue>> ReadQueues(
      const std::vector<std::string>& names) override;
  base::Result<std::map<std::string, jobs::Profile>> ReadProfiles() override;
  base::Status NoteTrouble(const std::string& queue, jobs::Reason reason,
                           const std::string& message) override;
  base::Status ForgetTrouble(const std::string& queue) override;
  base::Result<std::vector<jobs::Job>> Claim(
      const ClaimRequest& request) override;
  base::Result<jobs::Job> Read(jobs::JobId id) override;
  base::Result<std::vector<jobs::Job>> ReadLive(
      const std::vector<std::string>& queues) override;
  base::Result<std::vector<jobs::JobId>> ReadCancelWanted(
      const std::vector<std::string>& queues) override;
  base::Result<std::vector<JobOutput>> ReadOutputs(jobs::JobId id) override;
  base::Result<JobWithOutputs> ReadWithOutputs(jobs::JobId id) override;
  base::Result<bool> FixPlan(const jobs::AttemptId& attempt,
                             const jobs::JobPlan& plan) override;
  base::Result<bool> FixFirstPlans(
      const std::vector<FirstPlan>& plans) override;
  base::Result<bool> NoteWaiting(const jobs::AttemptId& attempt,
                                 jobs::Reason reason,
                                 const std::string& message) override;
  base::Result<int> CountAttempts(jobs::JobId id, jobs::Reason reason) override;
  base::Result<std::optional<base::Time>> LastWorked(jobs::JobId id) override;
  base::Result<bool> MarkRunning(const jobs::AttemptId& attempt,
                                 const RunningFacts& facts) override;
  base::Result<bool> BeginPublish(const jobs::AttemptId& attempt,
                                  const std::string& publisher,
                                  const jobs::RunOutcome& outcome) override;
  base::Result<bool> HoldPublish(const jobs::AttemptId& attempt,
                                 const std::string& publisher) override;
  base::Result<std::vector<jobs::AttemptId>> MarkSucceeded(
      const std::vector<Success>& successes) override;
  base::Result<bool> EndAttempt(const jobs::AttemptId& attempt,
                                const AttemptEnd& end) override;
  base::Status SaveLogTails(const std::vector<LogTail>& tails) override;
  base::Result<std::vector<jobs::AttemptId>> AttemptsWithoutLog(
      const std::vector<jobs::AttemptId>& attempts) override;
  base::Status SaveProgress(const jobs::AttemptId& attempt,
                            const jobs::RunProgress& progress) override;
  base::Result<int> PromoteDue(int limit) override;
  base::Result<int> CancelWaiting(int limit) override;
  base::Status AdvanceDrains(const std::vector<std::string>& queues) override;
  base::Result<int> FailUnknownQueues(int limit) override;
  base::Result<int> PurgeFinished(jobs::JobState state,
                                  std::chrono::seconds age, int limit) override;
  base::Result<std::vector<StaleUpload>> DueStaleUploads(int limit) override;
  base::Status ForgetStaleUpload(uint64_t id) override;
  base::Status NoteLeftUploads(
      const jobs::AttemptId& attempt,
      const std::vector<std::string>& upload_ids) override;
  base::Status DelayStaleUpload(uint64_t id) override;
  base::Result<std::vector<std::string>> ProtectedUploads(
      jobs::JobId id) override;
  base::Result<std::vector<jobs::JobId>> DueSweeps(
      const std::vector<std::string>& queues, int limit) override;
  base::Result<std::map<jobs::JobState, int64_t>> CountJobs(
      const std::vector<std::string>& queues) override;
  base::Result<bool> FinishSweep(jobs::JobId id) override;
  base::Status DelaySweep(jobs::JobId id) override;

 private:
  struct Row {
    jobs::Job job;
    std::vector<JobOutput> outputs;
    std::map<int, AttemptRecord> attempts;
    std::optional<base::Time> cleanup_at;
    std::optional<base::Time> finished_at;
    std::optional<std::pair<int, jobs::RunProgress>> progress;
  };
  struct Stale {
    StaleUpload upload;
    jobs::JobId job;
    base::Time not_before;
    base::Time created_at;
  };

  static bool Contains(const std::vector<std::string>& names,
                       const std::string& name);
  // The row when its attempt is `attempt`; the caller holds mutex_.
  Row* Find(const jobs::AttemptId& attempt);
  void Unlock(jobs::JobId id);
  base::Result<bool> Plan(const jobs::AttemptId& attempt,
                          const jobs::JobPlan& plan);  // needs mutex_
  void Finish(Row& row, jobs::JobState state, jobs::Reason reason);
  bool Succeed(const Success& success);  // needs mutex_
  // How long what could not be done since then is put off.
  base::Duration BackOff(std::optional<base::Time> since) const;
  // A job that was tried before may have left uploads behind.
  void SweepIfTried(Row& row) const;
  bool HasUnfinished(const Queue& queue) const;
  void AddStale(const Row& row, const AttemptEnd& end, base::Time not_before);

  const base::Clock& clock_;
  std::string installation_ = "00000000-0000-4000-8000-000000000001";
  mutable std::mutex mutex_;
  base::Status failure_;  // all below guarded by mutex_
  std::map<jobs::JobId, Row> rows_;
  std::map<std::string, Queue> queues_;
  std::map<std::string, jobs::Profile> profiles_;
  std::map<std::string, jobs::JobId> locks_;  // output URI -> its holder
  std::vector<Stale> stale_;
  int log_looks_ = 0;
  int success_writes_ = 0;
  uint64_t last_id_ = 0;
  uint64_t last_stale_id_ = 0;
};

}  // namespace vexaa::store

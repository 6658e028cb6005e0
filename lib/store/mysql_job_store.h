// The job store on MySQL or MariaDB. Thread-safe: every call takes a
// connection of its own. `pool` must outlive the store.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/store/job_store.h"
#include "lib/store/sql_pool.h"

namespace vexaa::store {

class MysqlJobStore final : public JobStore {
 public:
  explicit MysqlJobStore(SqlPool& pool) : pool_(pool) {}

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
  // Locks rows with `select`, then moves them with `update`; how many.
  base::Result<int> MoveSome(const char* select, const SqlParams& params,
                             const char* update);
  // Fails what is old among the first `limit` of a queue that nobody made.
  base::Result<int> FailFront(const SqlParams& queue_and_state, int limit);
  base::Result<bool> MarkOneSucceeded(const Success& success);
  base::Result<std::string> LockHolder(const std::string& lock_hex);

  SqlPool& pool_;
};

}  // namespace vexaa::store

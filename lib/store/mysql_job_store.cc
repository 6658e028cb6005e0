// Reading and claiming; the life of an attempt is in
// mysql_job_store_attempt.cc and mysql_job_store_plan.cc, housekeeping in
// mysql_job_store_maintenance.cc.
#include "lib/store/mysql_job_store.h"

#include "lib/store/claim_transaction.h"
#include "lib/store/job_rows.h"
#include "lib/store/job_sql.h"

namespace vexaa::store {
namespace {

constexpr jobs::JobState kUnfinished[] = {
    jobs::JobState::kScheduled, jobs::JobState::kQueued,
    jobs::JobState::kClaimed, jobs::JobState::kRunning,
    jobs::JobState::kPublishing};

constexpr size_t kOutputColumns = 9;

base::Status NoSuchJob(jobs::JobId id) {
  return base::Status(base::Code::kNotFound,
                      "there is no job " + std::to_string(id.value()));
}

base::Result<std::vector<jobs::Job>> JobsOf(const SqlRows& rows) {
  std::vector<jobs::Job> jobs;
  for (const SqlRow& row : rows) {
    ASSIGN_OR_RETURN(jobs::Job job, JobFromRow(row));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace

base::Result<std::string> MysqlJobStore::InstallationId() {
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kInstallation));
  if (rows.empty())
    return base::Status(base::Code::kFailedPrecondition,
                        "table installation is empty: run vexaa-controller "
                        "migrate as the schema's owner");
  return rows[0].Text(0);
}

base::Result<std::vector<Queue>> MysqlJobStore::ReadQueues(
    const std::vector<std::string>& names) {
  std::vector<Queue> queues;
  if (names.empty()) return queues;
  ASSIGN_OR_RETURN(SqlRows rows,
                   pool_.Fetch(sql::WithList(sql::kQueues, names.size()),
                               TextParams(names)));
  for (const SqlRow& row : rows) queues.push_back(QueueFromRow(row));
  return queues;
}

base::Status MysqlJobStore::NoteTrouble(const std::string& queue,
                                        jobs::Reason reason,
                                        const std::string& message) {
  std::string name(jobs::ReasonName(reason));
  std::string text = FitText(message, 1024);
  return pool_
      .Write(sql::kNoteTrouble, {queue, name, text, name, text,
                                 static_cast<int64_t>(kTroublesToStop)})
      .status();
}

base::Status MysqlJobStore::ForgetTrouble(const std::string& queue) {
  return pool_.Write(sql::kForgetTrouble, {queue}).status();
}

base::Result<std::map<std::string, jobs::Profile>>
MysqlJobStore::ReadProfiles() {
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kProfiles));
  std::map<std::string, jobs::Profile> profiles;
  for (const SqlRow& row : rows) {
    auto profile = ProfileFromRow(row);
    if (profile) profiles[profile->name] = *profile;
  }
  return profiles;
}

base::Result<std::vector<jobs::Job>> MysqlJobStore::Claim(
    const ClaimRequest& request) {
  if (request.limit <= 0) return std::vector<jobs::Job>();
  ClaimTransaction claim(request);
  RETURN_IF_ERROR(pool_.Transact(
      [&](SqlConnection& connection) { return claim.Run(connection); }));
  if (claim.ids().empty()) return std::vector<jobs::Job>();
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::WithList(sql::kReadClaimed,
                                                           claim.ids().size()),
                                             claim.NonceAndIds()));
  return JobsOf(rows);
}

base::Result<jobs::Job> MysqlJobStore::Read(jobs::JobId id) {
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kReadJob, {id.value()}));
  if (rows.empty()) return NoSuchJob(id);
  return JobFromRow(rows[0]);
}

base::Result<std::vector<jobs::Job>> MysqlJobStore::ReadLive(
    const std::vector<std::string>& queues) {
  std::string text = queues.empty()
                         ? sql::kReadAllLive
                         : sql::WithList(sql::kReadLive, queues.size());
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(text, TextParams(queues)));
  return JobsOf(rows);
}

base::Result<std::vector<jobs::JobId>> MysqlJobStore::ReadCancelWanted(
    const std::vector<std::string>& queues) {
  if (queues.empty()) return std::vector<jobs::JobId>();
  ASSIGN_OR_RETURN(
      SqlRows rows,
      pool_.Fetch(sql::WithList(sql::kReadCancelWanted, queues.size()),
                  TextParams(queues)));
  return JobIdsOf(rows);
}

base::Result<std::vector<JobOutput>> MysqlJobStore::ReadOutputs(
    jobs::JobId id) {
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kReadOutputs, {id.value()}));
  std::vector<JobOutput> outputs;
  for (const SqlRow& row : rows) outputs.push_back(OutputFromRow(row));
  return outputs;
}

base::Result<JobWithOutputs> MysqlJobStore::ReadWithOutputs(jobs::JobId id) {
  ASSIGN_OR_RETURN(SqlRows rows,
                   pool_.Fetch(sql::kReadWithOutputs, {id.value()}));
  if (rows.empty()) return NoSuchJob(id);
  JobWithOutputs read;
  ASSIGN_OR_RETURN(read.job, JobFromRow(rows[0]));
  for (const SqlRow& row : rows) {
    const size_t first = row.size() - kOutputColumns;
    if (!row.IsNull(first)) read.outputs.push_back(OutputFromRow(row, first));
  }
  return read;
}

base::Result<std::map<jobs::JobState, int64_t>> MysqlJobStore::CountJobs(
    const std::vector<std::string>& queues) {
  std::map<jobs::JobState, int64_t> counts;
  for (jobs::JobState state : kUnfinished) {
    int64_t& count = counts[state];
    std::string name(jobs::JobStateName(state));
    for (const std::string& queue : queues) {
      ASSIGN_OR_RETURN(SqlRows rows,
                       pool_.Fetch(sql::kCountJobs, {queue, name}));
      count += rows.at(0).Int(0);
    }
  }
  return counts;
}

}  // namespace vexaa::store

#include "lib/store/resource_store.h"

#include <cmath>

#include "lib/store/job_sql.h"

namespace vexaa::store {
namespace {

// As the table writes it, a new row that nobody else may ask for twice.
constexpr char kInsert[] =
    "INSERT INTO jobs (cr_namespace, cr_name, cr_uid, source_uri, output_uri, "
    "profile, options, queue_name, batch, priority, run_at, max_attempts, "
    "timeout_seconds, idempotency_key, labels) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kFindByUid[] = "SELECT id FROM jobs WHERE cr_uid = ?";
constexpr char kReadByUid[] =
    "SELECT j.cr_uid, j.id, j.state, j.reason, j.message, j.attempt, "
    "CASE WHEN j.state = 'succeeded' THEN 100 ELSE p.percent END, j.pod_name, "
    "COALESCE(o.uri, j.output_uri), j.started_at, j.finished_at "
    "FROM jobs j "
    "LEFT JOIN job_progress p FORCE INDEX (PRIMARY) "
    "ON p.job_id = j.id AND p.attempt = j.attempt "
    "LEFT JOIN job_outputs o FORCE INDEX (PRIMARY) "
    "ON o.job_id = j.id AND o.idx = 0 "
    "WHERE j.cr_uid IN (%s)";
#define VEXAA_NOT_ENDED \
  "state IN ('scheduled', 'queued', 'claimed', 'running', 'publishing')"
constexpr char kCancel[] =
    "UPDATE jobs SET desired_state = 'cancelled' WHERE cr_uid = ? "
    "AND desired_state = 'run' AND " VEXAA_NOT_ENDED;
constexpr char kSetPriority[] =
    "UPDATE jobs SET priority = ? WHERE cr_uid = ? "
    "AND state IN ('scheduled', 'queued')";
// A range of the unique key: rows that SQL users made are not touched.
constexpr char kWanted[] =
    "SELECT cr_uid FROM jobs "
    "FORCE INDEX (a_job_for_this_custom_resource_exists) "
    "WHERE cr_uid > '' AND cr_namespace = ? AND desired_state = 'run' "
    "AND " VEXAA_NOT_ENDED " ORDER BY cr_uid";

base::Result<ResourceRow> RowFrom(const SqlRow& row) {
  auto state = jobs::ParseJobState(row.Text(2));
  auto reason = jobs::ParseReason(row.Text(3));
  if (!state || !reason)
    return base::Status(base::Code::kInternal,
                        "job " + row.Text(1) +
                            " has a state or reason that this version does "
                            "not know");
  ResourceRow read;
  read.cr_uid = row.Text(0);
  read.id = jobs::JobId(row.Uint(1));
  read.state = *state;
  read.reason = *reason;
  read.message = row.Text(4);
  read.attempt = static_cast<int>(row.Int(5));
  read.percent = static_cast<int>(row.Int(6));
  read.pod_name = row.Text(7);
  read.output_uri = row.Text(8);
  read.started_at = row.Time(9);
  read.finished_at = row.Time(10);
  return read;
}

bool IsRefusal(const base::Status& status) {
  SqlErrorClass error = ClassOfStatus(status);
  return error == SqlErrorClass::kRefused || error == SqlErrorClass::kDuplicate;
}

}  // namespace

base::Result<SqlRows> MysqlResourceStore::Fetch(const std::string& sql,
                                                const SqlParams& params) {
  SqlRows rows;
  RETURN_IF_ERROR(pool_.Use([&](SqlConnection& connection) -> base::Status {
    ASSIGN_OR_RETURN(rows, connection.Query(sql, params));
    return base::Status::Ok();
  }));
  return rows;
}

base::Status MysqlResourceStore::Write(const std::string& sql,
                                       const SqlParams& params) {
  return pool_.Use([&](SqlConnection& connection) {
    return connection.Execute(sql, params).status();
  });
}

base::Result<jobs::JobId> MysqlResourceStore::Submit(const ResourceJob& job) {
  base::Status inserted = Write(
      kInsert, {job.cr_namespace, job.cr_name, job.cr_uid, job.source_uri,
                TextOrNull(job.output_uri), job.profile,
                TextOrNull(job.options), job.queue_name, TextOrNull(job.batch),
                static_cast<int64_t>(job.priority), ToParam(job.run_at),
                static_cast<int64_t>(job.max_attempts),
                static_cast<int64_t>(job.timeout_seconds),
                TextOrNull(job.idempotency_key), TextOrNull(job.labels)});
  if (!inserted.ok() && !IsRefusal(inserted)) return inserted;
  ASSIGN_OR_RETURN(SqlRows rows, Fetch(kFindByUid, {job.cr_uid}));
  if (!rows.empty()) return jobs::JobId(rows[0].Uint(0));
  return jobs::Fail(jobs::Reason::kInvalidJob,
                    inserted.ok() ? "the new row is gone" : inserted.message());
}

base::Result<std::vector<ResourceRow>> MysqlResourceStore::Read(
    const std::vector<std::string>& uids) {
  std::vector<ResourceRow> read;
  if (uids.empty()) return read;
  ASSIGN_OR_RETURN(SqlRows rows, Fetch(sql::WithList(kReadByUid, uids.size()),
                                       SqlParams(uids.begin(), uids.end())));
  for (const SqlRow& row : rows) {
    ASSIGN_OR_RETURN(ResourceRow each, RowFrom(row));
    read.push_back(std::move(each));
  }
  return read;
}

base::Status MysqlResourceStore::Cancel(const std::string& uid) {
  return Write(kCancel, {uid});
}

base::Status MysqlResourceStore::SetPriority(const std::string& uid,
                                             int priority) {
  return Write(kSetPriority, {static_cast<int64_t>(priority), uid});
}

base::Result<std::vector<std::string>> MysqlResourceStore::WantedUids(
    const std::string& cr_namespace) {
  ASSIGN_OR_RETURN(SqlRows rows, Fetch(kWanted, {cr_namespace}));
  std::vector<std::string> uids;
  for (const SqlRow& row : rows) uids.push_back(row.Text(0));
  return uids;
}

}  // namespace vexaa::store

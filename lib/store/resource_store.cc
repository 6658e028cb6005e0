#include "lib/store/resource_store.h"

#include <cmath>
#include <utility>

#include "lib/store/resource_sql.h"

namespace vexaa::store {
namespace {

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

std::vector<std::string> FirstColumn(const SqlRows& rows) {
  std::vector<std::string> texts;
  for (const SqlRow& row : rows) texts.push_back(row.Text(0));
  return texts;
}

bool IsRefusal(const base::Status& status) {
  SqlErrorClass error = ClassOfStatus(status);
  return error == SqlErrorClass::kRefused || error == SqlErrorClass::kDuplicate;
}

}  // namespace

base::Result<jobs::JobId> MysqlResourceStore::Submit(const ResourceJob& job) {
  base::Status inserted =
      pool_
          .Write(sql::kInsertResourceJob,
                 {job.cr_namespace, job.cr_name, job.cr_uid, job.source_uri,
                  TextOrNull(job.output_uri), job.profile,
                  TextOrNull(job.options), job.queue_name,
                  TextOrNull(job.batch), static_cast<int64_t>(job.priority),
                  ToParam(job.run_at), static_cast<int64_t>(job.max_attempts),
                  static_cast<int64_t>(job.timeout_seconds),
                  TextOrNull(job.idempotency_key), TextOrNull(job.labels)})
          .status();
  if (!inserted.ok() && !IsRefusal(inserted)) return inserted;
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kFindByUid, {job.cr_uid}));
  if (!rows.empty()) return jobs::JobId(rows[0].Uint(0));
  return jobs::Fail(jobs::Reason::kInvalidJob,
                    inserted.ok() ? "the new row is gone" : inserted.message());
}

base::Result<std::vector<ResourceRow>> MysqlResourceStore::Read(
    const std::vector<std::string>& uids) {
  std::vector<ResourceRow> read;
  if (uids.empty()) return read;
  ASSIGN_OR_RETURN(SqlRows rows,
                   pool_.Fetch(sql::WithList(sql::kReadByUid, uids.size()),
                               SqlParams(uids.begin(), uids.end())));
  for (const SqlRow& row : rows) {
    ASSIGN_OR_RETURN(ResourceRow each, RowFrom(row));
    read.push_back(std::move(each));
  }
  return read;
}

base::Status MysqlResourceStore::Cancel(const std::string& uid) {
  return pool_.Write(sql::kCancelByUid, {uid}).status();
}

base::Status MysqlResourceStore::SetPriority(const std::string& uid,
                                             int priority) {
  return pool_
      .Write(sql::kSetPriorityByUid, {static_cast<int64_t>(priority), uid})
      .status();
}

base::Result<std::vector<std::string>> MysqlResourceStore::ActiveUids(
    const std::string& cr_namespace, std::chrono::seconds window) {
  // In this order: what ends between the two is in both.
  ASSIGN_OR_RETURN(SqlRows live, pool_.Fetch(sql::kLiveUids, {cr_namespace}));
  ASSIGN_OR_RETURN(
      SqlRows ended,
      pool_.Fetch(sql::kEndedUids,
                  {static_cast<int64_t>(window.count()), cr_namespace}));
  std::vector<std::string> uids = FirstColumn(live);
  for (std::string& uid : FirstColumn(ended)) uids.push_back(std::move(uid));
  return uids;
}

base::Result<std::vector<ResourceName>> MysqlResourceStore::Wanted(
    const std::string& cr_namespace) {
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kWanted, {cr_namespace}));
  std::vector<ResourceName> wanted;
  for (const SqlRow& row : rows) wanted.push_back({row.Text(0), row.Text(1)});
  return wanted;
}

}  // namespace vexaa::store

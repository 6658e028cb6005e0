// Housekeeping: rows move in small locked batches.
#include <algorithm>

#include "lib/store/job_rows.h"
#include "lib/store/maintenance_sql.h"
#include "lib/store/mysql_job_store.h"

namespace vexaa::store {

base::Result<int> MysqlJobStore::MoveSome(const char* select,
                                          const SqlParams& params,
                                          const char* update) {
  uint64_t moved = 0;
  RETURN_IF_ERROR(
      pool_.Transact([&](SqlConnection& connection) -> base::Status {
        moved = 0;
        ASSIGN_OR_RETURN(SqlRows rows, connection.Query(select, params));
        std::vector<uint64_t> ids = IdsOf(rows);
        if (ids.empty()) return base::Status::Ok();
        std::sort(ids.begin(), ids.end());
        SqlParams items;
        AppendIds(items, ids);
        ASSIGN_OR_RETURN(moved, connection.Execute(
                                    sql::WithList(update, ids.size()), items));
        return base::Status::Ok();
      }));
  return static_cast<int>(moved);
}

base::Result<int> MysqlJobStore::PromoteDue(int limit) {
  return MoveSome(sql::kDueSelect, {static_cast<int64_t>(limit)},
                  sql::kPromote);
}

base::Result<int> MysqlJobStore::CancelWaiting(int limit) {
  int cancelled = 0;
  for (const char* state : {"queued", "scheduled"}) {
    SqlParams params = {std::string(state),
                        static_cast<int64_t>(limit - cancelled)};
    ASSIGN_OR_RETURN(int moved,
                     MoveSome(sql::kCancelSelect, params, sql::kCancelUpdate));
    cancelled += moved;
  }
  return cancelled;
}

base::Result<std::vector<StaleUpload>> MysqlJobStore::DueStaleUploads(
    int limit) {
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kDueStaleUploads,
                                             {static_cast<int64_t>(limit)}));
  std::vector<StaleUpload> uploads;
  for (const SqlRow& row : rows)
    uploads.push_back({row.Uint(0), row.Text(1), row.Text(2)});
  return uploads;
}

base::Status MysqlJobStore::ForgetStaleUpload(uint64_t id) {
  return pool_.Write(sql::kForgetStaleUpload, {id}).status();
}

base::Status MysqlJobStore::NoteLeftUploads(
    const jobs::AttemptId& attempt,
    const std::vector<std::string>& upload_ids) {
  auto number = static_cast<int64_t>(attempt.attempt);
  for (size_t index = 0; index < upload_ids.size(); ++index) {
    const std::string& id = upload_ids[index];
    if (id.empty()) continue;
    RETURN_IF_ERROR(
        pool_
            .Write(sql::kNoteLeftUpload,
                   {number, id, sql::kAfterCompleteSeconds, attempt.job.value(),
                    static_cast<int64_t>(index), id, number, id})
            .status());
  }
  return base::Status::Ok();
}

base::Status MysqlJobStore::DelayStaleUpload(uint64_t id) {
  return pool_.Write(sql::kDelayStaleUpload, {id}).status();
}

base::Result<std::vector<std::string>> MysqlJobStore::ProtectedUploads(
    jobs::JobId id) {
  ASSIGN_OR_RETURN(SqlRows rows,
                   pool_.Fetch(sql::kProtectedUploads, {id.value()}));
  std::vector<std::string> ids;
  for (const SqlRow& row : rows) ids.push_back(row.Text(0));
  return ids;
}

base::Result<std::vector<jobs::JobId>> MysqlJobStore::DueSweeps(
    const std::vector<std::string>& queues, int limit) {
  if (queues.empty()) return std::vector<jobs::JobId>();
  SqlParams params = TextParams(queues);
  params.emplace_back(static_cast<int64_t>(limit));
  ASSIGN_OR_RETURN(
      SqlRows rows,
      pool_.Fetch(sql::WithList(sql::kDueSweeps, queues.size()), params));
  return JobIdsOf(rows);
}

base::Status MysqlJobStore::AdvanceDrains(
    const std::vector<std::string>& queues) {
  if (queues.empty()) return base::Status::Ok();
  // Looks before it locks: somebody may be changing a queue right now.
  ASSIGN_OR_RETURN(SqlRows draining,
                   pool_.Fetch(sql::WithList(sql::kDraining, queues.size()),
                               TextParams(queues)));
  if (draining.empty()) return base::Status::Ok();
  for (const char* text : {sql::kNoteDrains, sql::kPauseDrained})
    RETURN_IF_ERROR(
        pool_.Write(sql::WithList(text, queues.size()), TextParams(queues))
            .status());
  return base::Status::Ok();
}

base::Result<int> MysqlJobStore::FailFront(const SqlParams& queue_and_state,
                                           int limit) {
  SqlParams front = queue_and_state;
  front.emplace_back(static_cast<int64_t>(limit));
  ASSIGN_OR_RETURN(SqlRows rows, pool_.Fetch(sql::kUnknownQueueFront, front));
  SqlParams old;
  for (const SqlRow& row : rows)
    if (row.Int(1) != 0) old.emplace_back(row.Uint(0));
  if (old.empty()) return 0;
  std::string lock = sql::WithList(sql::kUnknownQueueLock, old.size());
  old.insert(old.end(), queue_and_state.begin(), queue_and_state.end());
  return MoveSome(lock.c_str(), old, sql::kFailUnknownQueue);
}

base::Result<int> MysqlJobStore::FailUnknownQueues(int limit) {
  int failed = 0;
  std::string name;
  while (failed < limit) {
    ASSIGN_OR_RETURN(SqlRows next, pool_.Fetch(sql::kNextQueueName, {name}));
    if (next.empty()) break;
    name = next[0].Text(0);
    ASSIGN_OR_RETURN(SqlRows known, pool_.Fetch(sql::kIsQueue, {name}));
    if (!known.empty()) continue;
    for (const char* state : {"queued", "scheduled"}) {
      ASSIGN_OR_RETURN(int moved,
                       FailFront({name, std::string(state)}, limit - failed));
      failed += moved;
    }
  }
  return failed;
}

base::Result<int> MysqlJobStore::PurgeFinished(jobs::JobState state,
                                               std::chrono::seconds age,
                                               int limit) {
  if (!jobs::IsTerminal(state))
    return base::Status(base::Code::kInvalidArgument,
                        "only finished jobs are purged");
  SqlParams which = {std::string(jobs::JobStateName(state)),
                     static_cast<int64_t>(age.count()),
                     static_cast<int64_t>(limit)};
  size_t purged = 0;
  RETURN_IF_ERROR(pool_.Transact([&](SqlConnection& connection)
                                     -> base::Status {
    purged = 0;
    ASSIGN_OR_RETURN(SqlRows rows, connection.Query(sql::kPurgeSelect, which));
    std::vector<uint64_t> ids = IdsOf(rows);
    if (ids.empty()) return base::Status::Ok();
    std::sort(ids.begin(), ids.end());
    SqlParams items;
    AppendIds(items, ids);
    for (const char* text : sql::kPurgeDeletes)
      RETURN_IF_ERROR(
          connection.Execute(sql::WithList(text, ids.size()), items).status());
    purged = ids.size();
    return base::Status::Ok();
  }));
  return static_cast<int>(purged);
}

base::Status MysqlJobStore::DelaySweep(jobs::JobId id) {
  return pool_.Write(sql::kDelaySweep, {id.value()}).status();
}

base::Result<bool> MysqlJobStore::FinishSweep(jobs::JobId id) {
  bool done = false;
  RETURN_IF_ERROR(
      pool_.Transact([&](SqlConnection& connection) -> base::Status {
        done = false;
        ASSIGN_OR_RETURN(uint64_t rows,
                         connection.Execute(sql::kFinishSweep, {id.value()}));
        if (rows == 0) return base::Status::Ok();
        ASSIGN_OR_RETURN(rows,
                         connection.Execute(sql::kUnlockOutputs, {id.value()}));
        done = true;
        return base::Status::Ok();
      }));
  return done;
}

}  // namespace vexaa::store

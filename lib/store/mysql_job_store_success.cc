// The end that most attempts have, written for several of them at once.
#include "lib/store/job_rows.h"
#include "lib/store/job_sql.h"
#include "lib/store/mysql_job_store.h"

namespace vexaa::store {
namespace {

// Ids in one statement: a few sizes only, because each is a text of its own
// that a connection prepares. What is left over names the last id again.
constexpr size_t kIdsAtOnce[] = {4, 16, kMaxSuccesses};

void FillUp(std::vector<uint64_t>& ids) {
  const uint64_t last = ids.back();
  for (size_t size : kIdsAtOnce)
    if (ids.size() <= size) return ids.resize(size, last);
}

// Those that still publish; locks their rows until the transaction ends.
base::Result<std::vector<Success>> LockPublishing(
    SqlConnection& connection, const std::vector<Success>& successes) {
  std::vector<uint64_t> ids;
  for (const Success& each : successes) ids.push_back(each.attempt.job.value());
  FillUp(ids);
  SqlParams params;
  AppendIds(params, ids);
  ASSIGN_OR_RETURN(
      SqlRows rows,
      connection.Query(sql::WithList(sql::kLockPublishing, ids.size()),
                       params));
  std::vector<Success> locked;
  for (const Success& each : successes)
    for (const SqlRow& row : rows)
      if (row.Uint(0) == each.attempt.job.value() &&
          row.Int(1) == each.attempt.attempt)
        locked.push_back(each);
  return locked;
}

base::Status Write(SqlConnection& connection,
                   const std::vector<Success>& successes, bool sweep) {
  std::vector<uint64_t> ids;
  for (const Success& each : successes)
    if (each.sweep == sweep) ids.push_back(each.attempt.job.value());
  if (ids.empty()) return base::Status::Ok();
  FillUp(ids);
  SqlParams params = {Flag(sweep), Flag(sweep)};
  AppendIds(params, ids);
  return connection
      .Execute(sql::WithList(sql::kMarkSomeSucceeded, ids.size()), params)
      .status();
}

}  // namespace

base::Result<bool> MysqlJobStore::MarkOneSucceeded(const Success& success) {
  ASSIGN_OR_RETURN(
      uint64_t rows,
      pool_.Write(sql::kMarkSucceeded,
                  {Flag(success.sweep), Flag(success.sweep),
                   success.attempt.job.value(),
                   static_cast<int64_t>(success.attempt.attempt)}));
  return rows > 0;
}

base::Result<std::vector<jobs::AttemptId>> MysqlJobStore::MarkSucceeded(
    const std::vector<Success>& successes) {
  std::vector<jobs::AttemptId> moved;
  if (successes.size() > kMaxSuccesses)
    return base::Status(base::Code::kInvalidArgument, "too many at once");
  if (successes.empty()) return moved;
  if (successes.size() == 1) {  // one round trip instead of four
    ASSIGN_OR_RETURN(bool one, MarkOneSucceeded(successes[0]));
    if (one) moved.push_back(successes[0].attempt);
    return moved;
  }
  RETURN_IF_ERROR(
      pool_.Transact([&](SqlConnection& connection) -> base::Status {
        moved.clear();
        ASSIGN_OR_RETURN(std::vector<Success> locked,
                         LockPublishing(connection, successes));
        for (bool sweep : {false, true})
          RETURN_IF_ERROR(Write(connection, locked, sweep));
        for (const Success& each : locked) moved.push_back(each.attempt);
        return base::Status::Ok();
      }));
  return moved;
}

}  // namespace vexaa::store

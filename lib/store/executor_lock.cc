#include "lib/store/executor_lock.h"

#include "lib/store/job_sql.h"

namespace vexaa::store {

base::Result<std::unique_ptr<ExecutorLock>> ExecutorLock::Take(
    SqlOptions options) {
  std::unique_ptr<ExecutorLock> lock(new ExecutorLock(std::move(options)));
  RETURN_IF_ERROR(lock->Acquire());
  return lock;
}

base::Status ExecutorLock::Acquire() {
  ASSIGN_OR_RETURN(connection_, SqlConnection::Open(options_));
  ASSIGN_OR_RETURN(SqlRows rows, connection_->Query(sql::kExecutorLock));
  if (rows.at(0).Int(0) == 1) return base::Status::Ok();
  return base::Status(
      base::Code::kFailedPrecondition,
      "another controller with executor: process works on this database (" +
          DescribeServer(options_) + "); stop it first");
}

base::Status ExecutorLock::Keep() {
  if (connection_ && !connection_->broken()) {
    auto rows = connection_->Query(sql::kExecutorLockMine);
    if (rows.ok() && rows->at(0).Int(0) == 1) return base::Status::Ok();
  }
  base::Status status = Acquire();
  if (status.ok() || status.code() == base::Code::kFailedPrecondition)
    return status;
  return base::Status(base::Code::kUnavailable, status.message());
}

}  // namespace vexaa::store

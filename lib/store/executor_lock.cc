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
  bool taken = rows.at(0).Int(0) == 1;
  ASSIGN_OR_RETURN(uint64_t holder, Holder());
  if (taken) {
    session_ = holder;
    return base::Status::Ok();
  }
  if (holder == 0 || holder == session_)
    return base::Status(base::Code::kUnavailable,
                        "the server still keeps the executor lock for a lost "
                        "session of this controller");
  return base::Status(
      base::Code::kFailedPrecondition,
      "another controller with executor: process works on this database (" +
          DescribeServer(options_) + "); stop it first");
}

base::Result<uint64_t> ExecutorLock::Holder() {
  ASSIGN_OR_RETURN(SqlRows rows, connection_->Query(sql::kExecutorLockHolder));
  return rows.at(0).Uint(0);
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

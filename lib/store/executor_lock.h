// Makes sure that one controller at a time runs the processes of a database:
// two machines would each take the other's running attempts for lost. Held by
// a connection of its own (GET_LOCK), so it ends with the process. One thread.
#pragma once

#include <memory>

#include "lib/base/status.h"
#include "lib/store/sql_connection.h"

namespace vexaa::store {

class ExecutorLock {
 public:
  // kFailedPrecondition: another controller holds it.
  static base::Result<std::unique_ptr<ExecutorLock>> Take(SqlOptions options);

  // Call it every few seconds. Takes the lock again after a lost connection;
  // kFailedPrecondition: another controller was faster, stop working.
  // kUnavailable: the database does not answer, or has not yet noticed that it
  // lost our former session; nobody else gets the lock then.
  base::Status Keep();

 private:
  explicit ExecutorLock(SqlOptions options) : options_(std::move(options)) {}
  base::Status Acquire();
  // The holder's session, 0 for none; kUnavailable when it cannot be had.
  base::Result<uint64_t> Holder();

  const SqlOptions options_;
  std::unique_ptr<SqlConnection> connection_;
  uint64_t session_ = 0;  // of the connection that last held the lock
};

}  // namespace vexaa::store

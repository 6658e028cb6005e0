#include "lib/store/sql_pool.h"

#include "lib/base/backoff.h"

namespace vexaa::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Five tries outlast a deadlock storm of 16 claimers (tests/conformance).
constexpr int kMaxTries = 5;
constexpr base::BackoffPolicy kPause = {milliseconds(10), seconds(1), 4};
// A server without room is not helped by asking at once.
constexpr base::BackoffPolicy kOverloadPause = {milliseconds(500), seconds(5)};
// As many as a controller has threads by default, and some: opening one costs
// six round trips, and its statements are prepared anew.
constexpr size_t kMaxIdle = 40;

base::Duration PauseBefore(SqlErrorClass error_class, int repeat) {
  const auto& policy =
      error_class == SqlErrorClass::kOverload ? kOverloadPause : kPause;
  return base::Jitter(base::BackoffDelay(policy, repeat), 0.5,
                      base::RandomUnit());
}

base::Status CommitAfter(SqlConnection& connection, const base::Status& done) {
  base::Status status = done.ok() ? connection.Commit() : done;
  // 1205 rolls back only its statement, and a refused COMMIT nothing at all:
  // the next START TRANSACTION on this connection would commit what is left.
  if (!status.ok() && !connection.broken()) (void)connection.Rollback();
  return status;
}

}  // namespace

base::Status SqlPool::Transact(const Body& body) {
  return Repeat([&](SqlConnection& connection) {
    base::Status begun = connection.Begin();
    if (!begun.ok()) return begun;
    return CommitAfter(connection, body(connection));
  });
}

base::Result<bool> SqlPool::TransactIf(const std::string& guard,
                                       const SqlParams& params,
                                       const Body& body) {
  bool matched = false;
  RETURN_IF_ERROR(Transact([&](SqlConnection& connection) -> base::Status {
    matched = false;
    ASSIGN_OR_RETURN(uint64_t rows, connection.Execute(guard, params));
    if (rows == 0) return base::Status::Ok();
    RETURN_IF_ERROR(body(connection));
    matched = true;
    return base::Status::Ok();
  }));
  return matched;
}

base::Status SqlPool::Use(const Body& body) { return Repeat(body); }

base::Result<SqlRows> SqlPool::Fetch(const std::string& sql,
                                     const SqlParams& params) {
  SqlRows rows;
  RETURN_IF_ERROR(Use([&](SqlConnection& connection) -> base::Status {
    ASSIGN_OR_RETURN(rows, connection.Query(sql, params));
    return base::Status::Ok();
  }));
  return rows;
}

base::Result<uint64_t> SqlPool::Write(const std::string& sql,
                                      const SqlParams& params) {
  uint64_t count = 0;
  RETURN_IF_ERROR(Use([&](SqlConnection& connection) -> base::Status {
    ASSIGN_OR_RETURN(count, connection.Execute(sql, params));
    return base::Status::Ok();
  }));
  return count;
}

base::Status SqlPool::Repeat(const Body& body) {
  for (int tries = 1;; ++tries) {
    base::Status status = RunOnce(body);
    SqlErrorClass error_class = ClassOfStatus(status);
    if (!IsTransient(error_class) || tries == kMaxTries) return status;
    // What the name points to may have changed, and the others with it.
    if (error_class == SqlErrorClass::kReconnect ||
        error_class == SqlErrorClass::kFailover)
      DropIdle();
    if (!clock_.Sleep(PauseBefore(error_class, tries - 1), stop_))
      return status;
  }
}

base::Status SqlPool::RunOnce(const Body& body) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqlConnection> connection, Take());
  base::Status status = body(*connection);
  if (!connection->broken()) GiveBack(std::move(connection));
  return status;
}

base::Result<std::unique_ptr<SqlConnection>> SqlPool::Take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return SqlConnection::Open(options_);
}

void SqlPool::GiveBack(std::unique_ptr<SqlConnection> connection) {
  std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

void SqlPool::DropIdle() {
  std::vector<std::unique_ptr<SqlConnection>> dropped;
  std::lock_guard lock(mutex_);
  dropped.swap(idle_);
}

}  // namespace vexaa::store

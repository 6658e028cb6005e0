// Connections to one server, and transactions that are run again when they
// lost a race or their connection. Thread-safe; `clock` must outlive the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/store/sql_connection.h"
#include "lib/store/sql_error.h"

namespace vexaa::store {

class SqlPool {
 public:
  // `stop` ends the pauses between tries early.
  SqlPool(SqlOptions options, base::Clock& clock, std::stop_token stop = {})
      : options_(std::move(options)), clock_(clock), stop_(std::move(stop)) {}

  // Runs `body` in a transaction and commits when it returns OK, else rolls
  // back. `body` may run several times, also when an earlier COMMIT's reply
  // was lost: it must begin with the guard that makes a repeat harmless.
  // kUnavailable once the tries are used up.
  base::Status Transact(
      const std::function<base::Status(SqlConnection&)>& body);

  // The same, but `body` is left out unless `guard` matches rows; whether it
  // did.
  base::Result<bool> TransactIf(
      const std::string& guard, const SqlParams& params,
      const std::function<base::Status(SqlConnection&)>& body);

  // Without a transaction, for what is harmless to repeat.
  base::Status Use(const std::function<base::Status(SqlConnection&)>& body);
  // One statement: its rows, or how many it matched.
  base::Result<SqlRows> Fetch(const std::string& sql,
                              const SqlParams& params = {});
  base::Result<uint64_t> Write(const std::string& sql, const SqlParams& params);

 private:
  using Body = std::function<base::Status(SqlConnection&)>;

  base::Status Repeat(const Body& body);
  base::Status RunOnce(const Body& body);
  base::Result<std::unique_ptr<SqlConnection>> Take();
  void GiveBack(std::unique_ptr<SqlConnection> connection);
  void DropIdle();

  const SqlOptions options_;
  base::Clock& clock_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqlConnection>> idle_;  // guarded by mutex_
};

}  // namespace vexaa::store

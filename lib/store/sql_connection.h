// One connection to MySQL or MariaDB, in our own types: the only door to the
// driver (Connector/C++). A session is UTC, utf8mb4, READ COMMITTED, strict,
// waits 3 s for a lock and counts matched rows. Thread-compatible; may move
// between threads while idle. Errors carry the server's number (sql_error.h).
// Nothing is repeated or reconnected here: see sql_pool.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::store {

enum class TlsMode {
  kOff,         // clear text
  kVerifyCa,    // encrypted, the server's certificate comes from ca_file
  kVerifyFull,  // and its name is the host's
};

std::string_view TlsModeName(TlsMode mode);  // "verify-full"
std::optional<TlsMode> ParseTlsMode(std::string_view name);

struct SqlOptions {
  std::string host = "127.0.0.1";
  int port = 3306;
  std::string socket;  // a Unix socket's path; replaces host and port
  std::string user;
  std::string password;
  std::string database;
  TlsMode tls = TlsMode::kVerifyFull;
  std::string ca_file;  // PEM; needed unless tls is off
  int connect_timeout_seconds = 5;
  int io_timeout_seconds = 10;  // for each reply; longer than a lock wait
};

// "user@host:port/database", for messages; never the password.
std::string DescribeServer(const SqlOptions& options);

using SqlParam =
    std::variant<std::nullptr_t, int64_t, uint64_t, double, std::string>;
using SqlParams = std::vector<SqlParam>;

// A parameter from an int of any width, an optional or a time.
SqlParam ToParam(base::Time time);
template <typename T>
SqlParam ToParam(const std::optional<T>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_same_v<T, base::Time>) {
    return ToParam(*value);
  } else {
    return static_cast<int64_t>(*value);
  }
}
// NULL for an empty text.
SqlParam TextOrNull(const std::string& text);

// A row as the server sent it. A NULL reads as "" or 0.
class SqlRow {
 public:
  void Add(std::optional<std::string> cell) {
    cells_.push_back(std::move(cell));
  }
  bool IsNull(size_t column) const { return !cells_.at(column); }
  const std::string& Text(size_t column) const;
  int64_t Int(size_t column) const;
  uint64_t Uint(size_t column) const;
  std::optional<base::Time> Time(size_t column) const;
  size_t size() const { return cells_.size(); }

 private:
  std::vector<std::optional<std::string>> cells_;
};
using SqlRows = std::vector<SqlRow>;

class SqlConnection {
 public:
  static base::Result<std::unique_ptr<SqlConnection>> Open(
      const SqlOptions& options);
  ~SqlConnection();
  SqlConnection(const SqlConnection&) = delete;
  SqlConnection& operator=(const SqlConnection&) = delete;

  // Prepared, with '?' for each parameter.
  base::Result<SqlRows> Query(const std::string& sql,
                              const SqlParams& params = {});
  // Rows matched by an UPDATE (whether changed or not), inserted or deleted.
  base::Result<uint64_t> Execute(const std::string& sql,
                                 const SqlParams& params = {});
  // One statement as text (DDL, CALL); its results are read and dropped.
  base::Status Run(const std::string& sql);

  base::Status Begin();
  base::Status Commit();
  base::Status Rollback();

  // True once an error said that the connection cannot be used again.
  bool broken() const { return broken_; }
  const std::string& server_version() const { return server_version_; }

 private:
  struct Impl;
  explicit SqlConnection(std::unique_ptr<Impl> impl);
  base::Status SetUp(const SqlOptions& options);
  base::Status CheckTls(const SqlOptions& options);
  template <typename F>
  auto Guarded(F&& body) -> decltype(body());

  std::unique_ptr<Impl> impl_;
  bool broken_ = false;
  std::string server_version_;
};

}  // namespace vexaa::store

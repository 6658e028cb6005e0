#include "lib/store/sql_connection.h"

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <mysql_connection.h>
#include <mysql_driver.h>

#include <charconv>
#include <unordered_map>

#include "lib/base/time_text.h"
#include "lib/store/server_version.h"
#include "lib/store/sql_error.h"

namespace vexaa::store {
namespace {

// Texts of IN lists differ by length; past this many the cache starts again.
constexpr size_t kMaxPreparedStatements = 100;

// MariaDB alone reads /*M! */: a transaction of ours that stands still there
// gives its locks back.
constexpr const char* kSessionSetUp =
    "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 3, "
    "sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,"
    "NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
    "/*M! , idle_transaction_timeout = 10 */";

// The driver wants one call of this before threads meet it, and a start and
// an end for each thread.
sql::mysql::MySQL_Driver& Driver() {
  static sql::mysql::MySQL_Driver* driver =
      sql::mysql::get_mysql_driver_instance();
  return *driver;
}

struct DriverThread {
  DriverThread() { Driver().threadInit(); }
  ~DriverThread() { Driver().threadEnd(); }
};

void EnterThread() { thread_local DriverThread thread; }

sql::ConnectOptionsMap ConnectorOptions(const SqlOptions& options) {
  sql::ConnectOptionsMap map;
  if (options.socket.empty()) {
    map["hostName"] = "tcp://" + options.host;
    map["port"] = options.port;
  } else {
    map["hostName"] = "unix://" + options.socket;
  }
  map["userName"] = options.user;
  map["password"] = options.password;
  if (!options.database.empty()) map["schema"] = options.database;
  map["CLIENT_FOUND_ROWS"] = true;
  map["OPT_CONNECT_TIMEOUT"] = options.connect_timeout_seconds;
  map["OPT_READ_TIMEOUT"] = options.io_timeout_seconds;
  map["OPT_WRITE_TIMEOUT"] = options.io_timeout_seconds;
  map["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  // sslCA alone checks the issuer, sslVerify adds the name. The Connector's
  // other switches fall back to clear text without a word.
  if (options.tls != TlsMode::kOff) map["sslCA"] = options.ca_file;
  if (options.tls == TlsMode::kVerifyFull) map["sslVerify"] = true;
  return map;
}

void Bind(sql::PreparedStatement& statement, unsigned index,
          const SqlParam& param) {
  if (const auto* value = std::get_if<int64_t>(&param)) {
    statement.setInt64(index, *value);
  } else if (const auto* big = std::get_if<uint64_t>(&param)) {
    statement.setUInt64(index, *big);
  } else if (const auto* real = std::get_if<double>(&param)) {
    statement.setDouble(index, *real);
  } else if (const auto* text = std::get_if<std::string>(&param)) {
    statement.setString(index, *text);
  } else {
    statement.setNull(index, 0);
  }
}

SqlRows ReadAll(sql::ResultSet& results) {
  SqlRows rows;
  unsigned columns = results.getMetaData()->getColumnCount();
  while (results.next()) {
    SqlRow row;
    for (unsigned column = 1; column <= columns; ++column) {
      std::string text = results.getString(column).asStdString();
      row.Add(results.wasNull() ? std::nullopt
                                : std::optional<std::string>(std::move(text)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

template <typename T>
T ParseWhole(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

struct SqlConnection::Impl {
  std::unique_ptr<sql::Connection> connection;
  std::unordered_map<std::string, std::unique_ptr<sql::PreparedStatement>>
      prepared;

  sql::PreparedStatement& Prepare(const std::string& text,
                                  const SqlParams& params) {
    if (prepared.size() >= kMaxPreparedStatements) prepared.clear();
    auto& statement = prepared[text];
    if (!statement) statement.reset(connection->prepareStatement(text));
    for (size_t i = 0; i < params.size(); ++i)
      Bind(*statement, static_cast<unsigned>(i + 1), params[i]);
    return *statement;
  }
};

std::string_view TlsModeName(TlsMode mode) {
  switch (mode) {
    case TlsMode::kOff:
      return "off";
    case TlsMode::kVerifyCa:
      return "verify-ca";
    case TlsMode::kVerifyFull:
      break;
  }
  return "verify-full";
}

std::optional<TlsMode> ParseTlsMode(std::string_view name) {
  for (TlsMode mode : {TlsMode::kOff, TlsMode::kVerifyCa, TlsMode::kVerifyFull})
    if (TlsModeName(mode) == name) return mode;
  return std::nullopt;
}

std::string DescribeServer(const SqlOptions& options) {
  std::string place = options.socket.empty()
                          ? options.host + ":" + std::to_string(options.port)
                          : options.socket;
  return options.user + "@" + place + "/" + options.database;
}

SqlParam ToParam(base::Time time) {
  std::string text = base::FormatRfc3339(time);
  text[text.find('T')] = ' ';
  text.pop_back();  // the Z: sessions are UTC
  return text;
}

SqlParam TextOrNull(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

const std::string& SqlRow::Text(size_t column) const {
  static const std::string kEmpty;
  const auto& cell = cells_.at(column);
  return cell ? *cell : kEmpty;
}

int64_t SqlRow::Int(size_t column) const {
  return ParseWhole<int64_t>(Text(column));
}

uint64_t SqlRow::Uint(size_t column) const {
  return ParseWhole<uint64_t>(Text(column));
}

std::optional<base::Time> SqlRow::Time(size_t column) const {
  std::string text = Text(column);
  size_t space = text.find(' ');
  if (space == std::string::npos) return std::nullopt;
  text[space] = 'T';
  auto time = base::ParseRfc3339(text + "Z");
  if (!time.ok()) return std::nullopt;
  return *time;
}

SqlConnection::SqlConnection(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

SqlConnection::~SqlConnection() = default;

// Runs `body`, turning what the driver throws into a Status.
template <typename F>
auto SqlConnection::Guarded(F&& body) -> decltype(body()) {
  try {
    EnterThread();
    return body();
  } catch (const sql::SQLException& error) {
    base::Status status = SqlStatus(error.getErrorCode(), error.what());
    SqlErrorClass kind = ClassOfStatus(status);
    if (kind == SqlErrorClass::kReconnect || kind == SqlErrorClass::kFailover)
      broken_ = true;
    return status;
  } catch (const std::exception& error) {
    // The driver throws std::bad_alloc and its own runtime errors; after them
    // the protocol's state is unknown.
    broken_ = true;
    return base::Status(base::Code::kInternal,
                        std::string("the SQL driver failed: ") + error.what());
  }
}

base::Result<std::unique_ptr<SqlConnection>> SqlConnection::Open(
    const SqlOptions& options) {
  if (options.tls != TlsMode::kOff && options.ca_file.empty())
    return base::Status(base::Code::kInvalidArgument,
                        "database.tls is " +
                            std::string(TlsModeName(options.tls)) +
                            ", which needs database.caFile");
  std::unique_ptr<SqlConnection> opened(
      new SqlConnection(std::make_unique<Impl>()));
  base::Status status = opened->SetUp(options);
  if (!status.ok())
    return status.WithContext("connect to database " + DescribeServer(options));
  return opened;
}

base::Status SqlConnection::SetUp(const SqlOptions& options) {
  RETURN_IF_ERROR(Guarded([&]() -> base::Status {
    auto map = ConnectorOptions(options);
    impl_->connection.reset(Driver().connect(map));
    return base::Status::Ok();
  }));
  RETURN_IF_ERROR(CheckTls(options));
  RETURN_IF_ERROR(Run(kSessionSetUp));
  RETURN_IF_ERROR(
      Run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
  ASSIGN_OR_RETURN(SqlRows rows, Query("SELECT VERSION()"));
  server_version_ = rows.at(0).Text(0);
  return CheckServerVersion(server_version_);
}

base::Status SqlConnection::CheckTls(const SqlOptions& options) {
  if (options.tls == TlsMode::kOff) return base::Status::Ok();
  ASSIGN_OR_RETURN(SqlRows rows, Query("SHOW STATUS LIKE 'Ssl_cipher'"));
  if (!rows.empty() && !rows[0].Text(1).empty()) return base::Status::Ok();
  broken_ = true;
  return base::Status(
      base::Code::kPermissionDenied,
      "the connection is not encrypted although database.tls is " +
          std::string(TlsModeName(options.tls)) +
          "; turn on TLS at the server, or set database.tls: off");
}

base::Result<SqlRows> SqlConnection::Query(const std::string& sql,
                                           const SqlParams& params) {
  return Guarded([&]() -> base::Result<SqlRows> {
    std::unique_ptr<sql::ResultSet> results(
        impl_->Prepare(sql, params).executeQuery());
    return ReadAll(*results);
  });
}

base::Result<uint64_t> SqlConnection::Execute(const std::string& sql,
                                              const SqlParams& params) {
  return Guarded([&]() -> base::Result<uint64_t> {
    int rows = impl_->Prepare(sql, params).executeUpdate();
    return static_cast<uint64_t>(rows < 0 ? 0 : rows);
  });
}

base::Status SqlConnection::Run(const std::string& sql) {
  return Guarded([&]() -> base::Status {
    std::unique_ptr<sql::Statement> statement(
        impl_->connection->createStatement());
    bool has_rows = statement->execute(sql);
    // A CALL whose results are not drained blocks the next statement (2014).
    while (has_rows ||
           statement->getUpdateCount() != static_cast<uint64_t>(-1)) {
      if (has_rows) {
        std::unique_ptr<sql::ResultSet> results(statement->getResultSet());
        while (results->next()) {
        }
      }
      has_rows = statement->getMoreResults();
      if (!has_rows) break;
    }
    return base::Status::Ok();
  });
}

base::Status SqlConnection::Begin() { return Run("START TRANSACTION"); }
base::Status SqlConnection::Commit() { return Run("COMMIT"); }
base::Status SqlConnection::Rollback() { return Run("ROLLBACK"); }

}  // namespace vexaa::store

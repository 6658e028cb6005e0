// What a session of ours is, and that no TLS setting ends in clear text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "lib/base/digest.h"
#include "lib/store/executor_lock.h"
#include "lib/store/sql_error.h"
#include "tests/conformance/store_bed.h"
#include "tests/proxy/fault_proxy.h"

namespace vexaa::store {
namespace {

using testing::HasSubstr;

class ConnectionTest : public testing::TestWithParam<Server> {
 protected:
  void SetUp() override {
    SKIP_WITHOUT(GetParam());
    connection_ = SharedDatabase(GetParam()).Connect();
  }
  // Path of the server's own CA certificate; "" when it has no TLS.
  std::string ServerCa() {
    std::string ca = Cell(*connection_, "SELECT @@ssl_ca");
    if (!ca.empty() && ca.front() != '/')
      ca = Cell(*connection_, "SELECT @@datadir") + ca;
    return std::filesystem::exists(ca) ? ca : "";
  }

  static constexpr char kSystemCa[] = "/etc/ssl/certs/ca-certificates.crt";
  std::unique_ptr<SqlConnection> connection_;
};

TEST_P(ConnectionTest, ASessionIsUtcReadCommittedAndStrict) {
  EXPECT_EQ(Cell(*connection_, "SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(Cell(*connection_, "SELECT @@innodb_lock_wait_timeout"), "3");
  EXPECT_THAT(Cell(*connection_, "SELECT @@sql_mode"),
              HasSubstr("STRICT_TRANS_TABLES"));
  EXPECT_EQ(Cell(*connection_, "SELECT @@character_set_connection"), "utf8mb4");
  EXPECT_EQ(Cell(*connection_, GetParam() == Server::kMariaDb
                                   ? "SELECT @@tx_isolation"
                                   : "SELECT @@transaction_isolation"),
            "READ-COMMITTED");
}

// As that of a controller that was stopped or whose machine hangs.
TEST_P(ConnectionTest, ATransactionThatStandsStillGivesItsLocksBack) {
  if (GetParam() == Server::kMySql) GTEST_SKIP() << "MySQL has no such limit";
  EXPECT_EQ(Cell(*connection_, "SELECT @@idle_transaction_timeout"), "10");
  MustRun(*connection_, "CREATE TABLE held (id INT PRIMARY KEY)");
  MustRun(*connection_, "INSERT INTO held VALUES (1)");
  auto stopped = SharedDatabase(GetParam()).Connect();
  MustRun(*stopped, "SET SESSION idle_transaction_timeout = 1");
  ASSERT_TRUE(stopped->Begin().ok());
  ASSERT_TRUE(stopped->Query("SELECT id FROM held FOR UPDATE").ok());
  MustRun(*connection_, "SET SESSION innodb_lock_wait_timeout = 60");
  EXPECT_TRUE(connection_->Execute("UPDATE held SET id = 2").ok());
  auto woken = stopped->Execute("UPDATE held SET id = 3");
  EXPECT_EQ(ClassOfStatus(woken.status()), SqlErrorClass::kReconnect)
      << woken.status();
  EXPECT_TRUE(stopped->broken());
  EXPECT_EQ(Cell(*connection_, "SELECT id FROM held"), "2");
  MustRun(*connection_, "DROP TABLE held");
}

TEST_P(ConnectionTest, AnUpdateCountsMatchedRows) {
  MustRun(*connection_, "INSERT INTO jobs (source_uri) VALUES ('s3://a/b')");
  for (int repeat = 0; repeat < 2; ++repeat) {
    auto rows =
        connection_->Execute("UPDATE jobs SET priority = ?", {int64_t{3}});
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(*rows, 1u);
  }
}

TEST_P(ConnectionTest, ValuesComeBackAsTheyWere) {
  std::string text = "a'b\\\"\n grüße \xF0\x9F\x8E\xB5 ?";
  auto rows = connection_->Query(
      "SELECT CAST(? AS CHAR), ? + 0, CAST(? AS UNSIGNED), ? IS NULL, "
      "CAST(? AS DECIMAL(20, 4))",
      {text, int64_t{-5}, UINT64_MAX, nullptr, 12.5});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->front().Text(0), text);
  EXPECT_EQ(rows->front().Int(1), -5);
  EXPECT_EQ(rows->front().Uint(2), UINT64_MAX);
  EXPECT_EQ(rows->front().Int(3), 1);
  EXPECT_EQ(rows->front().Text(4), "12.5000");
}

TEST_P(ConnectionTest, AFailedStatementLeavesTheConnectionUsable) {
  auto refused = connection_->Query("SELECT nonsense FROM nowhere");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(ClassOfStatus(refused.status()), SqlErrorClass::kMissing);
  EXPECT_FALSE(connection_->broken());
  EXPECT_EQ(Cell(*connection_, "SELECT 1"), "1");
}

TEST_P(ConnectionTest, VerifiedTlsIsEncryptedOrRefused) {
  SqlOptions options = SharedDatabase(GetParam()).options();
  std::string ca = ServerCa();
  // Any PEM file serves where the server has no TLS: it must refuse anyhow.
  options.ca_file = ca.empty() ? kSystemCa : ca;
  options.tls = TlsMode::kVerifyCa;
  auto verified = SqlConnection::Open(options);
  EXPECT_EQ(verified.ok(), !ca.empty()) << verified.status();
  if (verified.ok()) {
    auto cipher = (*verified)->Query("SHOW STATUS LIKE 'Ssl_cipher'");
    EXPECT_NE(cipher->front().Text(1), "");
  }
  // No stock certificate carries the name 127.0.0.1.
  options.tls = TlsMode::kVerifyFull;
  EXPECT_FALSE(SqlConnection::Open(options).ok());
}

TEST_P(ConnectionTest, APasswordWorksWithTlsAndWithout) {
  std::string user = "vx_" + base::RandomHex(6);
  SqlOptions options = SharedDatabase(GetParam()).options();
  MustRun(*connection_, "CREATE USER '" + user + "'@'%' IDENTIFIED BY 'p w'");
  MustRun(*connection_,
          "GRANT SELECT ON " + options.database + ".* TO '" + user + "'@'%'");
  options.user = user;
  options.password = "p w";
  if (std::string ca = ServerCa(); !ca.empty()) {
    SqlOptions encrypted = options;
    encrypted.ca_file = ca;
    encrypted.tls = TlsMode::kVerifyCa;
    auto opened = SqlConnection::Open(encrypted);
    EXPECT_TRUE(opened.ok()) << opened.status();
    MustRun(*connection_, "ALTER USER '" + user + "'@'%' IDENTIFIED BY 'p w'");
  }
  // A cold login in clear text: MySQL sends its RSA key for the password.
  auto opened = SqlConnection::Open(options);
  EXPECT_TRUE(opened.ok()) << opened.status();
  MustRun(*connection_, "DROP USER '" + user + "'@'%'");
}

TEST_P(ConnectionTest, AServerOfAnotherCaIsRefused) {
  SqlOptions options = SharedDatabase(GetParam()).options();
  options.ca_file = kSystemCa;
  options.tls = TlsMode::kVerifyCa;
  EXPECT_FALSE(SqlConnection::Open(options).ok());
}

TEST_P(ConnectionTest, AWrongPasswordIsNotATemporaryError) {
  SqlOptions options = SharedDatabase(GetParam()).options();
  options.user = "nobody_of_that_name";
  options.password = "wrong";
  auto opened = SqlConnection::Open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), base::Code::kPermissionDenied)
      << opened.status();
}

TEST_P(ConnectionTest, OneControllerOfProcessesHoldsADatabase) {
  const SqlOptions& options = SharedDatabase(GetParam()).options();
  auto first = ExecutorLock::Take(options);
  ASSERT_TRUE(first.ok()) << first.status();
  auto second = ExecutorLock::Take(options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), base::Code::kFailedPrecondition);
  EXPECT_TRUE((*first)->Keep().ok());
}

TEST_P(ConnectionTest, ALostExecutorLockIsTakenAgainUnlessAnotherWasFaster) {
  const SqlOptions& options = SharedDatabase(GetParam()).options();
  auto first = ExecutorLock::Take(options);
  ASSERT_TRUE(first.ok()) << first.status();
  auto kill_holder = [&] {
    MustRun(*connection_,
            "KILL " + Cell(*connection_,
                           "SELECT IS_USED_LOCK(CONCAT('vexaa_x', "
                           "SHA2(DATABASE(), 224)))"));
  };
  kill_holder();
  EXPECT_TRUE((*first)->Keep().ok());
  kill_holder();
  auto second = ExecutorLock::Take(options);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ((*first)->Keep().code(), base::Code::kFailedPrecondition);
}

// A network that swallows a session leaves it, and its lock, at the server.
TEST_P(ConnectionTest, ItsOwnLostSessionIsNoOtherController) {
  SqlOptions options = SharedDatabase(GetParam()).options();
  auto proxy = proxy::FaultProxy::Start(
      {.upstream = {.protocol = proxy::Protocol::kSql,
                    .host = options.host,
                    .port = static_cast<uint16_t>(options.port),
                    .tls = {},
                    .authorization = ""}});
  ASSERT_TRUE(proxy.ok()) << proxy.status();
  options.host = "127.0.0.1";
  options.port = (*proxy)->port();
  options.tls = TlsMode::kOff;
  options.io_timeout_seconds = 4;  // longer than the wait for a lock
  auto lock = ExecutorLock::Take(options);
  ASSERT_TRUE(lock.ok()) << lock.status();
  int held = (*proxy)->Add({.target = proxy::Target::kStatement,
                            .statement = "IS_USED_LOCK",
                            .fault = {.kind = proxy::FaultKind::kHold}});
  base::Status kept = (*lock)->Keep();
  EXPECT_EQ((*proxy)->MetCount(held), 1);
  EXPECT_EQ(kept.code(), base::Code::kUnavailable) << kept;
  (*proxy)->Remove(held);  // the session ends
  while (kept.code() == base::Code::kUnavailable) kept = (*lock)->Keep();
  EXPECT_TRUE(kept.ok()) << kept;
}

INSTANTIATE_TEST_SUITE_P(, ConnectionTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         [](const auto& info) {
                           return ServerName(info.param);
                         });

}  // namespace
}  // namespace vexaa::store

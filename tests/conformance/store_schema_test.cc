// The schema on both servers: migrations, refusals, roles, views.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "lib/base/digest.h"
#include "lib/store/migrator.h"
#include "lib/store/sql_error.h"
#include "tests/conformance/store_bed.h"
#include "tests/conformance/store_roles.h"
#include "tests/conformance/store_scripts.h"

namespace vexaa::store {
namespace {

using testing::HasSubstr;

class SchemaTest : public testing::TestWithParam<Server> {
 protected:
  void SetUp() override { SKIP_WITHOUT(GetParam()); }

  std::unique_ptr<SqlConnection> Shared() {
    return SharedDatabase(GetParam()).Connect();
  }
  static int Latest() { return EmbeddedMigrations().back().version; }
  // The server's message for a statement that it must refuse.
  static std::string Refusal(SqlConnection& connection, const std::string& sql,
                             int* number = nullptr) {
    base::Status status = connection.Run(sql);
    EXPECT_FALSE(status.ok()) << sql;
    if (number != nullptr) *number = SqlErrorNumber(status);
    return status.message();
  }
};

TEST_P(SchemaTest, MigratesTwice) {
  TestDatabase database(*ServerOptions(GetParam()));
  auto connection = database.Connect();
  auto first = Migrate(*connection, EmbeddedMigrations());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->from, 0);
  EXPECT_EQ(first->to, Latest());
  auto second = Migrate(*connection, EmbeddedMigrations());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->from, Latest());
  EXPECT_EQ(second->to, Latest());
  EXPECT_EQ(Cell(*connection, "SELECT COUNT(*) FROM schema_migrations"), "1");
  EXPECT_EQ(Cell(*connection, "SELECT COUNT(*) FROM installation"), "1");
}

TEST_P(SchemaTest, MigratesByTwoAtOnce) {
  TestDatabase database(*ServerOptions(GetParam()));
  std::atomic<int> applied = 0;
  auto work = [&] {
    auto report = Migrate(*database.Connect(), EmbeddedMigrations());
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->to, Latest());
    applied += report->to - report->from;
  };
  { std::jthread one(work), two(work), three(work); }
  EXPECT_EQ(applied, Latest());
}

TEST_P(SchemaTest, GoesOnWhereItStopped) {
  TestDatabase database(*ServerOptions(GetParam()));
  auto connection = database.Connect();
  auto some = Migrate(*connection, EmbeddedMigrations().first(5));
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_FALSE(
      CheckSchemaVersion(*ReadSchemaVersion(*connection), Latest()).ok());
  auto rest = Migrate(*connection, EmbeddedMigrations());
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_EQ(rest->from, 5);
  EXPECT_TRUE(
      CheckSchemaVersion(*ReadSchemaVersion(*connection), Latest()).ok());
}

TEST_P(SchemaTest, AnEmptyDatabaseIsAtVersionZero) {
  TestDatabase database(*ServerOptions(GetParam()));
  auto found = ReadSchemaVersion(*database.Connect());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->version, 0);
}

TEST_P(SchemaTest, AFailedStepLeavesItsNumberDirtyAndIsNamed) {
  TestDatabase database(*ServerOptions(GetParam()));
  auto connection = database.Connect();
  Migration bad[] = {{1, "make_nothing", "CREATE TABLE"}};
  auto failed = Migrate(*connection, bad);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.status().message(), HasSubstr("make_nothing"));
  auto refused = Migrate(*connection, EmbeddedMigrations());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), base::Code::kFailedPrecondition);
  EXPECT_THAT(refused.status().message(),
              HasSubstr("SET version = 0, dirty = 0"));
  MustRun(*connection, "UPDATE schema_migrations SET version = 0, dirty = 0");
  EXPECT_TRUE(Migrate(*connection, EmbeddedMigrations()).ok());
}

TEST_P(SchemaTest, TheOwnerOfOneSchemaIsEnough) {
  TestDatabase database(*ServerOptions(GetParam()));
  auto root = database.Connect();
  std::string user = "vx_" + base::RandomHex(6);
  MustRun(*root, "CREATE USER '" + user + "'@'%' IDENTIFIED BY ''");
  MustRun(*root,
          "GRANT ALL ON " + database.name() + ".* TO '" + user + "'@'%'");
  EXPECT_EQ(Cell(*root, "SELECT @@log_bin"), "1") << "the test says less";
  SqlOptions options = database.options();
  options.user = user;
  auto owner = SqlConnection::Open(options);
  ASSERT_TRUE(owner.ok()) << owner.status();
  auto report = Migrate(**owner, EmbeddedMigrations());
  EXPECT_TRUE(report.ok()) << report.status();
  MustRun(*root, "DROP USER '" + user + "'@'%'");
}

TEST_P(SchemaTest, TheDownFilesUndoTheUpFiles) {
  TestDatabase database(*ServerOptions(GetParam()));
  database.Migrate();
  auto connection = database.Connect();
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::string(VEXAA_DB_DIR) + "/migrations"))
    if (entry.path().string().ends_with(".down.sql"))
      files.push_back("migrations/" + entry.path().filename().string());
  EXPECT_EQ(files.size(), EmbeddedMigrations().size());
  std::sort(files.rbegin(), files.rend());
  for (const std::string& file : files) MustRun(*connection, ReadDbFile(file));
  EXPECT_EQ(Cell(*connection,
                 "SELECT COUNT(*) FROM information_schema.TABLES "
                 "WHERE table_schema = DATABASE()"),
            "1");  // schema_migrations
  EXPECT_EQ(Cell(*connection,
                 "SELECT COUNT(*) FROM information_schema.ROUTINES "
                 "WHERE routine_schema = DATABASE()"),
            "0");
}

TEST_P(SchemaTest, ARefusalNamesTheRule) {
  auto connection = Shared();
  struct Case {
    const char* columns;
    const char* values;
    const char* rule;
  };
  for (const Case& each : {
           Case{"source_uri", "'talk.mp4'",
                "source_uri_must_be_s3_or_file_uri"},
           Case{"source_uri", "'http://a/talk.mp4'",
                "source_uri_must_be_s3_or_file_uri"},
           Case{"source_uri", "'s3://bucket'",
                "source_uri_must_be_s3_or_file_uri"},
           Case{"source_uri, output_uri", "'s3://a/b', 'b.mp3'",
                "output_uri_must_be_s3_or_file_uri"},
           Case{"source_uri, output_uri", "'s3://a/b', 's3://a/b'",
                "output_uri_must_differ_from_source_uri"},
           Case{"source_uri, options", "'s3://a/b', '[1]'",
                "options_must_be_a_json_object"},
           Case{"source_uri, queue_name", "'s3://a/b', 'No Such'",
                "queue_name_must_be_lower_case"},
           Case{"source_uri, desired_state", "'s3://a/b', 'stop'",
                "desired_state_must_be_run_or_cancelled"},
           Case{"source_uri, timeout_seconds", "'s3://a/b', 0",
                "timeout_seconds_must_be_from_1_to_604800"},
           Case{"source_uri, max_attempts", "'s3://a/b', 1000",
                "max_attempts_must_be_from_1_to_100"},
       }) {
    int number = 0;
    std::string message =
        Refusal(*connection,
                std::string("INSERT INTO jobs (") + each.columns +
                    ") VALUES (" + each.values + ")",
                &number);
    EXPECT_THAT(message, HasSubstr(each.rule));
    EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kRefused) << number;
  }
}

TEST_P(SchemaTest, ASecondInsertWithTheSameKeyIsRefused) {
  auto connection = Shared();
  std::string insert =
      "INSERT INTO jobs (source_uri, idempotency_key) VALUES ('s3://a/b', 'k')";
  MustRun(*connection, insert);
  int number = 0;
  EXPECT_THAT(Refusal(*connection, insert, &number),
              HasSubstr("a_job_with_this_idempotency_key_exists"));
  EXPECT_EQ(number, 1062);
}

TEST_P(SchemaTest, ProceduresMoveWhatTheyShouldAndNothingElse) {
  auto connection = Shared();
  MustRun(
      *connection,
      "INSERT INTO jobs (id, source_uri, state, reason, finished_at) VALUES "
      "(1, 's3://a/1', 'failed', 'InputNotFound', CURRENT_TIMESTAMP(6)), "
      "(2, 's3://a/2', 'failed', 'InputNotFound', CURRENT_TIMESTAMP(6)), "
      "(3, 's3://a/3', 'failed', 'Internal', CURRENT_TIMESTAMP(6)), "
      "(4, 's3://a/4', 'succeeded', 'Succeeded', CURRENT_TIMESTAMP(6)), "
      "(5, 's3://a/5', 'running', 'Running', NULL)");
  EXPECT_THAT(Refusal(*connection, "CALL vexaa_retry(4)"),
              HasSubstr("no failed job with this id"));
  EXPECT_THAT(Refusal(*connection, "CALL vexaa_cancel(4)"),
              HasSubstr("no unfinished job with this id"));
  MustRun(*connection, "CALL vexaa_requeue('InputNotFound')");
  MustRun(*connection, "CALL vexaa_retry(3)");
  MustRun(*connection, "CALL vexaa_cancel(5)");
  MustRun(*connection, "CALL vexaa_cancel(5)");
  EXPECT_EQ(Cell(*connection,
                 "SELECT GROUP_CONCAT(CONCAT(id, state, desired_state) "
                 "ORDER BY id SEPARATOR ' ') FROM jobs"),
            "1queuedrun 2queuedrun 3queuedrun 4succeededrun 5runningcancelled");
}

TEST_P(SchemaTest, OneJobIsReadFromTheViewByThreeKeys) {
  auto connection = Shared();
  MustRun(*connection, "INSERT INTO jobs (source_uri) VALUES ('s3://a/b')");
  for (int i = 0; i < 9; ++i)
    MustRun(*connection,
            "INSERT INTO jobs (source_uri) SELECT source_uri FROM jobs");
  std::string id = Cell(*connection, "SELECT MAX(id) FROM jobs");
  auto plan = connection->Query(
      "EXPLAIN FORMAT=TRADITIONAL SELECT * FROM v_jobs WHERE id = " + id);
  if (!plan.ok())
    plan = connection->Query("EXPLAIN SELECT * FROM v_jobs WHERE id = " + id);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->size(), 3u);  // merged: no derived table
  size_t type = GetParam() == Server::kMySql ? 4 : 3;
  for (const SqlRow& row : *plan) EXPECT_EQ(row.Text(type), "const");
}

TEST_P(SchemaTest, TheNewestJobsAreReadWithoutTheOthers) {
  auto connection = Shared();
  MustRun(*connection, "INSERT INTO jobs (source_uri) VALUES ('s3://a/b')");
  for (int i = 0; i < 11; ++i)
    MustRun(*connection,
            "INSERT INTO jobs (source_uri) SELECT source_uri FROM jobs");
  MustRun(*connection, "ANALYZE TABLE jobs, job_progress, job_outputs");
  MustRun(*connection, "FLUSH STATUS");
  MustRun(*connection,
          "SELECT id, state, progress, output_uri FROM v_jobs "
          "ORDER BY id DESC LIMIT 20");
  auto rows = connection->Query("SHOW SESSION STATUS LIKE 'Handler_read%'");
  ASSERT_TRUE(rows.ok()) << rows.status();
  int64_t read = 0;
  for (const SqlRow& row : *rows) read += row.Int(1);
  EXPECT_LE(read, 20 * 3 + 40);
}

TEST_P(SchemaTest, ViewsCountQueuesAndBatches) {
  auto connection = Shared();
  MustRun(
      *connection,
      "INSERT INTO jobs (source_uri, state, batch, queue_name, finished_at) "
      "VALUES ('s3://a/1', 'queued', 'b', 'default', NULL), "
      "('s3://a/2', 'running', 'b', 'default', NULL), "
      "('s3://a/3', 'succeeded', 'b', 'default', CURRENT_TIMESTAMP(6)), "
      "('s3://a/4', 'failed', 'b', 'default', CURRENT_TIMESTAMP(6))");
  auto queue = connection->Query(
      "SELECT queued, working, succeeded_last_hour, failed_last_hour, "
      "eta_seconds FROM v_queue WHERE queue_name = 'default'");
  ASSERT_TRUE(queue.ok()) << queue.status();
  ASSERT_EQ(queue->size(), 1u);
  for (size_t column = 0; column < 4; ++column)
    EXPECT_EQ(queue->front().Int(column), 1) << column;
  EXPECT_EQ(queue->front().Int(4), 1800);
  auto batch = connection->Query(
      "SELECT jobs, waiting, working, succeeded, failed, percent_done, "
      "finished_at FROM v_batches WHERE batch = 'b'");
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->front().Int(0), 4);
  EXPECT_EQ(batch->front().Text(5), "50.0");
  EXPECT_TRUE(batch->front().IsNull(6));
}

TEST_P(SchemaTest, ABatchShowsItsReasonsCostAndBytes) {
  auto connection = Shared();
  MustRun(
      *connection,
      "INSERT INTO jobs (id, source_uri, state, reason, batch, finished_at) "
      "VALUES (1, 's3://a/1', 'failed', 'InputNotFound', 'b', "
      "CURRENT_TIMESTAMP(6)), (2, 's3://a/2', 'failed', 'InputNotFound', "
      "'b', CURRENT_TIMESTAMP(6)), (3, 's3://a/3', 'succeeded', "
      "'Succeeded', 'b', CURRENT_TIMESTAMP(6)), (4, 's3://a/4', "
      "'scheduled', 'StorageUnavailable', 'b', NULL), (5, 's3://a/5', "
      "'queued', 'Queued', 'other', NULL)");
  MustRun(*connection,
          "INSERT INTO job_attempts (job_id, attempt, claim_nonce, owner, "
          "cpu_seconds, bytes_in) VALUES (1, 1, '', 'me', 0.5, 1000), "
          "(3, 1, '', 'me', 1.25, 5000000000), (3, 2, '', 'me', 1, 1)");
  MustRun(*connection,
          "INSERT INTO job_outputs (job_id, idx, profile, uri, bytes) VALUES "
          "(3, 0, 'wav', 's3://a/3.wav', 7), (3, 1, 'flac', 's3://a/3.f', 8)");
  auto batch = connection->Query(
      "SELECT jobs, scheduled, failed, succeeded, eta_seconds, cpu_seconds, "
      "bytes_read, output_bytes, CAST(JSON_EXTRACT(reasons, '$.InputNotFound') "
      "AS CHAR), "
      "CAST(JSON_EXTRACT(reasons, '$.StorageUnavailable') AS CHAR), "
      "CAST(JSON_EXTRACT(reasons, '$.Queued') AS CHAR) FROM v_batches WHERE "
      "batch = 'b'");
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_EQ(batch->size(), 1u);
  const SqlRow& row = batch->front();
  std::vector<std::string> cells;
  for (size_t i = 0; i < row.size(); ++i) cells.push_back(row.Text(i));
  EXPECT_THAT(cells, testing::ElementsAre("4", "1", "2", "1", "1200", "2.750",
                                          "5000001001", "15", "2", "1", ""));
}

class RolesTest : public SchemaTest {
 protected:
  void SetUp() override {
    SchemaTest::SetUp();
    if (!IsSkipped()) roles_ = std::make_unique<TestRoles>(GetParam());
  }
  std::unique_ptr<SqlConnection> Login(const std::string& name) {
    return roles_->Login(name);
  }

  std::unique_ptr<TestRoles> roles_;
};

TEST_P(RolesTest, ASubmitterWritesOnlyTheUsersColumns) {
  auto user = Login("submit");
  ASSERT_NE(user, nullptr);
  MustRun(*user, "INSERT INTO jobs (source_uri) VALUES ('s3://a/b')");
  int number = 0;
  EXPECT_THAT(Refusal(*user,
                      "INSERT INTO jobs (source_uri, state) VALUES "
                      "('s3://a/b', 'succeeded')",
                      &number),
              HasSubstr("state"));
  EXPECT_EQ(number, 1143);
  for (const char* sql :
       {"UPDATE jobs SET state = 'failed' WHERE id = 1", "DELETE FROM jobs",
        "SELECT claim_nonce FROM jobs", "SELECT * FROM job_attempts",
        "INSERT INTO queues (name) VALUES ('mine')",
        "UPDATE queues SET max_running = 1000"}) {
    Refusal(*user, sql, &number);
    EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kDenied) << sql;
  }
  MustRun(*user, "UPDATE jobs SET priority = 7 WHERE id = 1");
  EXPECT_EQ(Cell(*user, "SELECT priority FROM v_jobs WHERE id = 1"), "7");
}

TEST_P(RolesTest, AReaderOnlyReads) {
  auto user = Login("read");
  ASSERT_NE(user, nullptr);
  for (const char* view : {"v_jobs", "v_attempts", "v_queue", "v_batches"})
    MustRun(*user, std::string("SELECT * FROM ") + view);
  int number = 0;
  for (const char* sql : {"INSERT INTO jobs (source_uri) VALUES ('s3://a/b')",
                          "CALL vexaa_cancel(1)", "SELECT * FROM jobs"}) {
    Refusal(*user, sql, &number);
    EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kDenied) << sql;
  }
}

TEST_P(RolesTest, TheControllerChangesDataAndNoTables) {
  auto user = Login("controller");
  ASSERT_NE(user, nullptr);
  MustRun(
      *user,
      "INSERT INTO jobs (source_uri, state) VALUES ('s3://a/b', 'running')");
  MustRun(*user, "DELETE FROM jobs");
  int number = 0;
  Refusal(*user, "CREATE TABLE mine (id INT)", &number);
  EXPECT_EQ(ClassifySqlError(number), SqlErrorClass::kDenied);
}

std::string Name(const testing::TestParamInfo<Server>& info) {
  return ServerName(info.param);
}
INSTANTIATE_TEST_SUITE_P(, SchemaTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         Name);
INSTANTIATE_TEST_SUITE_P(, RolesTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         Name);

}  // namespace
}  // namespace vexaa::store

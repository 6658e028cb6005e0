// db/examples.sql, statement by statement, on both servers: each text as it is
// printed there, run with a user's rights, and what it did.
#include "tests/conformance/store_examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/clock.h"
#include "lib/store/mysql_job_store.h"
#include "lib/store/sql_error.h"

namespace vexaa::store {
namespace {

TEST_P(ExamplesTest, EveryExampleHasANameAndATest) {
  std::vector<std::string> names;
  for (const auto& [name, statements] : examples_) names.push_back(name);
  EXPECT_THAT(
      names,
      testing::UnorderedElementsAre(
          "submit", "submit-wishes", "submit-later", "submit-once",
          "submit-batch", "check", "status", "queues", "batch", "failures",
          "attempts", "prioritise", "schedule", "cancel", "retry", "requeue",
          "prioritise-batch", "hold-batch", "release-batch", "cancel-batch",
          "retry-batch", "requeue-batch", "move-batch", "add-queue", "limit",
          "pause", "drain", "resume", "add-profile"));
}

TEST_P(ExamplesTest, Submits) {
  Run("submit");
  EXPECT_EQ(Row(1, "CONCAT(state, ' ', profile)"), "queued mp3-128k");
  Run("submit-wishes");
  EXPECT_EQ(Count("profile = 'flac' AND batch = 'november'"), "1");
  Run("submit-later");
  EXPECT_EQ(Count("state = 'scheduled' AND timeout_seconds = 1800 AND "
                  "run_at > CURRENT_TIMESTAMP + INTERVAL 7 HOUR"),
            "1");
}

TEST_P(ExamplesTest, SubmitsOnceHoweverOften) {
  Run("submit-once");
  Run("submit-once");
  EXPECT_EQ(Count("idempotency_key = 'talk-2026-11'"), "1");
  Run("submit-batch");
  Run("submit-batch");
  EXPECT_EQ(Count("batch = 'lectures' AND state = 'scheduled'"), "3");
}

TEST_P(ExamplesTest, AKeyLivesAsLongAsItsRow) {
  Run("submit-once");
  MustRun(*root_,
          "UPDATE jobs SET state = 'succeeded', reason = 'Succeeded', "
          "finished_at = CURRENT_TIMESTAMP(6) - INTERVAL 2 DAY");
  Run("submit-once");
  EXPECT_EQ(Count("state = 'succeeded'"), "1");
  base::SystemClock clock;
  SqlPool pool(roles_->database().options(), clock);
  MysqlJobStore store(pool);
  auto purged = store.PurgeFinished(jobs::JobState::kSucceeded,
                                    std::chrono::hours(24), 10);
  ASSERT_TRUE(purged.ok()) << purged.status();
  EXPECT_EQ(*purged, 1);
  Run("submit-once");
  EXPECT_EQ(Count("state = 'queued'"), "1");
}

TEST_P(ExamplesTest, ReadsEverything) {
  Run("submit-batch");
  for (const char* name :
       {"check", "status", "queues", "batch", "failures", "attempts"})
    Run(name);
}

TEST_P(ExamplesTest, ChangesOneJob) {
  Insert("id, source_uri, state, reason, finished_at",
         "(1, 's3://a/1', 'queued', 'Queued', NULL), "
         "(2, 's3://a/2', 'running', 'Running', NULL), "
         "(3, 's3://a/3', 'failed', 'Internal', CURRENT_TIMESTAMP(6)), "
         "(4, 's3://a/4', 'failed', 'InputAccessDenied', "
         "CURRENT_TIMESTAMP(6)), "
         "(5, 's3://a/5', 'failed', 'InputNotFound', CURRENT_TIMESTAMP(6))");
  Run("prioritise");
  EXPECT_EQ(Row(1, "priority"), "100");
  Run("schedule");
  EXPECT_EQ(Row(1, "state"), "scheduled");
  MustRun(*user_, "CALL vexaa_schedule(1, NULL)");
  EXPECT_EQ(Row(1, "CONCAT(state, run_at IS NULL)"), "queued1");
  EXPECT_FALSE(user_->Run("CALL vexaa_schedule(2, NULL)").ok());
  Run("cancel");
  EXPECT_EQ(Count("desired_state = 'cancelled'"), "2");
  Run("retry");
  EXPECT_EQ(Row(3, "CONCAT(state, finished_at IS NULL)"), "queued1");
  Run("requeue");
  EXPECT_EQ(Row(4, "state"), "queued");
  EXPECT_EQ(Row(5, "state"), "failed");
}

TEST_P(ExamplesTest, ChangesABatch) {
  Insert("id, source_uri, batch, state, reason, finished_at",
         "(1, 's3://a/1', 'lectures', 'queued', 'Queued', NULL), "
         "(2, 's3://a/2', 'lectures', 'running', 'Running', NULL), "
         "(3, 's3://a/3', 'lectures', 'failed', 'Internal', "
         "CURRENT_TIMESTAMP(6)), "
         "(4, 's3://a/4', 'lectures', 'failed', 'StorageUnavailable', "
         "CURRENT_TIMESTAMP(6)), "
         "(5, 's3://a/5', 'lectures', 'succeeded', 'Succeeded', "
         "CURRENT_TIMESTAMP(6)), "
         "(6, 's3://a/6', 'other', 'queued', 'Queued', NULL), "
         "(7, 's3://a/7', 'other', 'failed', 'StorageUnavailable', "
         "CURRENT_TIMESTAMP(6))");
  Run("prioritise-batch");
  EXPECT_EQ(Count("priority = 50"), "1");
  Run("hold-batch");
  EXPECT_EQ(Row(1, "state"), "scheduled");
  EXPECT_EQ(Count("state = 'scheduled'"), "1");
  Run("release-batch");
  EXPECT_EQ(Row(1, "CONCAT(state, run_at IS NULL)"), "queued1");
  Run("requeue-batch");
  EXPECT_EQ(Row(4, "state"), "queued");
  EXPECT_EQ(Row(3, "state"), "failed");
  Run("retry-batch");
  EXPECT_EQ(Row(3, "state"), "queued");
  EXPECT_EQ(Row(7, "state"), "failed");
  RunAs(*root_, "add-queue");
  Run("move-batch");
  EXPECT_EQ(Count("queue_name = 'night'"), "3");  // not what runs or is over
  EXPECT_FALSE(user_->Run("CALL vexaa_move_batch('lectures', 'x')").ok());
  MustRun(*user_, "CALL vexaa_move_batch('lectures', 'default')");
  EXPECT_EQ(Count("queue_name = 'default'"), "7");
  Run("cancel-batch");
  EXPECT_EQ(Count("desired_state = 'cancelled' AND batch = 'lectures'"), "4");
  EXPECT_EQ(Count("desired_state = 'cancelled'"), "4");
}

TEST_P(ExamplesTest, AnOperatorChangesAQueueAndAUserDoesNot) {
  RunAs(*root_, "add-queue");
  for (const char* name : {"limit", "pause", "drain", "resume"}) {
    RunAs(*root_, name);
    base::Status refused = user_->Run(examples_.at(name)[0]);
    EXPECT_EQ(ClassOfStatus(refused), SqlErrorClass::kDenied) << name;
  }
  EXPECT_EQ(One("SELECT CONCAT(state, max_running) FROM queues WHERE name = "
                "'night'"),
            "active20");
  RunAs(*root_, "add-profile");
}

// What db/README.md says of INSERT IGNORE, strict and not.
TEST_P(ExamplesTest, InsertIgnoreChangesWhatItShouldRefuse) {
  for (const char* mode : {"STRICT_TRANS_TABLES", ""}) {
    MustRun(*user_, std::string("SET SESSION sql_mode = '") + mode + "'");
    MustRun(*root_, "DELETE FROM jobs");
    // A broken rule: the row is left out, the others get in.
    MustRun(*user_,
            "INSERT IGNORE INTO jobs (source_uri) VALUES ('s3://a/1'), "
            "('talk.mp4'), ('s3://a/3')");
    EXPECT_EQ(Count("TRUE"), "2") << mode;
    // Too long, too large, no time: cut, clipped, at once.
    MustRun(*user_,
            "INSERT IGNORE INTO jobs (source_uri, priority, run_at) VALUES "
            "(CONCAT('s3://cut/', REPEAT('k', 3000)), 99999, 'tomorrow')");
    EXPECT_EQ(Count("source_uri LIKE 's3://cut/%' AND state = 'queued' AND "
                    "CHAR_LENGTH(source_uri) = 2048 AND priority = 32767"),
              "1")
        << mode;
    // A lone bad row is an error on MariaDB, silence on MySQL.
    EXPECT_EQ(
        user_->Run("INSERT IGNORE INTO jobs (source_uri) VALUES ('x')").ok(),
        GetParam() == Server::kMySql)
        << mode;
  }
  // Without strict mode a plain INSERT cuts and clips as well.
  EXPECT_TRUE(user_
                  ->Run("INSERT INTO jobs (source_uri, priority) VALUES "
                        "('s3://a/9', 99999)")
                  .ok());
  EXPECT_EQ(Count("source_uri = 's3://a/9' AND priority = 32767"), "1");
  EXPECT_FALSE(
      user_->Run("INSERT INTO jobs (source_uri) VALUES ('talk.mp4')").ok());
}

INSTANTIATE_TEST_SUITE_P(, ExamplesTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         [](const auto& info) {
                           return ServerName(info.param);
                         });

}  // namespace
}  // namespace vexaa::store

// The values of v_jobs and v_queue, on both servers. That they are cheap to
// read is asked of the schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/store_bed.h"

namespace vexaa::store {
namespace {

using testing::ElementsAre;
using Cells = std::vector<std::string>;

class ViewsTest : public testing::TestWithParam<Server> {
 protected:
  void SetUp() override {
    SKIP_WITHOUT(GetParam());
    connection_ = SharedDatabase(GetParam()).Connect();
  }
  void Run(const std::string& sql) { MustRun(*connection_, sql); }
  // The one row of a SELECT, "NULL" for what it has no value for.
  Cells Row(const std::string& sql) {
    auto rows = connection_->Query(sql);
    EXPECT_TRUE(rows.ok() && rows->size() == 1) << rows.status() << sql;
    Cells cells;
    if (!rows.ok() || rows->empty()) return cells;
    const SqlRow& row = rows->front();
    for (size_t i = 0; i < row.size(); ++i)
      cells.push_back(row.IsNull(i) ? "NULL" : row.Text(i));
    return cells;
  }
  // MySQL writes 100 for a number with two decimals, MariaDB 100.00.
  Cells Job(int id) {
    return Row(
        "SELECT state, CAST(progress AS DECIMAL(5,2)), speed, reason, message, "
        "next_run_at, output_uri FROM v_jobs WHERE id = " +
        std::to_string(id));
  }

  std::unique_ptr<SqlConnection> connection_;
};

// Progress and speed are those of the last attempt, over or not; the third job
// has a report of the attempt before only.
TEST_P(ViewsTest, AJobShowsItsStateItsProgressAndItsNextRetry) {
  Run("INSERT INTO jobs (id, source_uri, output_uri, state, reason, message, "
      "attempt, run_at) VALUES "
      "(1, 's3://a/1', NULL, 'scheduled', 'StorageUnavailable', "
      "'the store is down', 1, '2037-01-02 03:04:05.5'), "
      "(2, 's3://a/2', 's3://b/2.mp3', 'running', 'Running', '', 2, NULL), "
      "(3, 's3://a/3', NULL, 'claimed', 'Started', '', 2, NULL), "
      "(4, 's3://a/4', 's3://b/{id}.mp3', 'succeeded', 'Succeeded', 'done', "
      "1, '2037-01-02 03:04:05'), "
      "(5, 's3://a/5', 's3://b/5.mp3', 'failed', 'InputNotFound', "
      "'there is no such object', 1, '2037-01-02 03:04:05'), "
      "(6, 's3://a/6', 's3://b/6.mp3', 'queued', 'Queued', '', 0, NULL)");
  Run("INSERT INTO job_progress (job_id, attempt, percent, speed) VALUES "
      "(1, 1, 12.5, 30), (2, 2, 37.25, 41.5), (3, 1, 99, 50), "
      "(4, 1, 97.75, 60), (5, 1, NULL, 7.25)");
  Run("INSERT INTO job_outputs (job_id, idx, profile, uri) VALUES "
      "(1, 0, 'wav', 's3://a/audio/1.wav'), (4, 0, 'wav', 's3://b/4.mp3'), "
      "(4, 1, 'flac', 's3://b/4.flac')");
  EXPECT_THAT(Job(1),
              ElementsAre("scheduled", "12.50", "30.00", "StorageUnavailable",
                          "the store is down", "2037-01-02 03:04:05.500000",
                          "s3://a/audio/1.wav"));
  EXPECT_THAT(Job(2), ElementsAre("running", "37.25", "41.50", "Running", "",
                                  "NULL", "s3://b/2.mp3"));
  EXPECT_THAT(Job(3), ElementsAre("claimed", "NULL", "NULL", "Started", "",
                                  "NULL", "NULL"));
  EXPECT_THAT(Job(4), ElementsAre("succeeded", "100.00", "60.00", "Succeeded",
                                  "done", "NULL", "s3://b/4.mp3"));
  EXPECT_THAT(Job(5),
              ElementsAre("failed", "NULL", "7.25", "InputNotFound",
                          "there is no such object", "NULL", "s3://b/5.mp3"));
  EXPECT_THAT(Job(6), ElementsAre("queued", "NULL", "NULL", "Queued", "",
                                  "NULL", "s3://b/6.mp3"));
}

// Half an hour ago 90 jobs ended, and some two hours ago: those count no more.
TEST_P(ViewsTest, AQueueShowsItsBacklogItsOldestJobItsThroughputAndItsEta) {
  Run("INSERT INTO queues (name, max_running, max_pending) VALUES "
      "('night', 7, 3), ('empty', 10, 20), ('stuck', 10, 20)");
  std::string ended;
  for (int i = 0; i < 100; ++i)
    ended += std::string(i == 0 ? "" : ", ") + "('s3://a/b', 'night', '" +
             (i % 10 == 0   ? "failed"
              : i % 10 == 1 ? "cancelled"
                            : "succeeded") +
             "', CURRENT_TIMESTAMP(6) - INTERVAL 30 MINUTE), ('s3://a/b', "
             "'night', 'succeeded', CURRENT_TIMESTAMP(6) - INTERVAL 2 HOUR)";
  Run("INSERT INTO jobs (source_uri, queue_name, state, finished_at) VALUES " +
      ended);
  Run("INSERT INTO jobs (source_uri, queue_name, state, created_at) VALUES "
      "('s3://a/b', 'night', 'scheduled', '2020-01-01 00:00:00'), "
      "('s3://a/b', 'night', 'running', '2020-01-01 00:00:00'), "
      "('s3://a/b', 'night', 'publishing', '2020-01-01 00:00:00'), "
      "('s3://a/b', 'night', 'claimed', '2020-01-01 00:00:00'), "
      "('s3://a/b', 'night', 'queued', '2020-02-03 04:05:06.25'), "
      "('s3://a/b', 'night', 'queued', CURRENT_TIMESTAMP(6)), "
      "('s3://a/b', 'night', 'queued', CURRENT_TIMESTAMP(6)), "
      "('s3://a/b', 'stuck', 'queued', CURRENT_TIMESTAMP(6) - INTERVAL 1 "
      "DAY)");
  // Priority says which job is next, not which one is oldest.
  Run("UPDATE jobs SET priority = 9 WHERE state = 'queued' AND queue_name = "
      "'night' AND created_at > '2020-03-01'");
  auto queue = [&](const std::string& name) {
    return Row(
        "SELECT queue_state, max_running, max_pending, queued, scheduled, "
        "working, oldest_queued_at, oldest_age_seconds = TIMESTAMPDIFF(SECOND, "
        "oldest_queued_at, CURRENT_TIMESTAMP(6)), "
        "succeeded_last_hour, failed_last_hour, finished_per_minute, "
        "eta_seconds FROM v_queue WHERE queue_name = '" +
        name + "'");
  };
  EXPECT_THAT(queue("night"), ElementsAre("active", "7", "3", "3", "1", "3",
                                          "2020-02-03 04:05:06.250000", "1",
                                          "80", "10", "1.5", "120"));
  EXPECT_THAT(queue("empty"),
              ElementsAre("active", "10", "20", "0", "0", "0", "NULL", "NULL",
                          "0", "0", "0.0", "0"));
  Cells stuck = queue("stuck");
  ASSERT_EQ(stuck.size(), 12u);
  EXPECT_EQ(stuck[3], "1");
  EXPECT_EQ(stuck[7], "1");
  EXPECT_EQ(stuck[10], "0.0");
  EXPECT_EQ(stuck[11], "NULL");  // nothing ends: nobody knows
}

INSTANTIATE_TEST_SUITE_P(, ViewsTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         [](const auto& info) {
                           return ServerName(info.param);
                         });

}  // namespace
}  // namespace vexaa::store

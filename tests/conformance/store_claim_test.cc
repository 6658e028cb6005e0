// What only a real server shows: locks, races and lost replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/store/job_sql.h"
#include "lib/store/maintenance_sql.h"
#include "lib/store/mysql_job_store.h"
#include "tests/conformance/store_bed.h"
#include "tests/proxy/fault_proxy.h"

namespace vexaa::store {
namespace {

using jobs::AttemptId;
using jobs::Job;
using jobs::JobId;
using jobs::JobState;
using proxy::FaultKind;
using proxy::FaultProxy;

class ServerTest : public testing::TestWithParam<Server> {
 protected:
  void SetUp() override {
    SKIP_WITHOUT(GetParam());
    database_ = &SharedDatabase(GetParam());
    connection_ = database_->Connect();
  }

  void Insert(int count, const std::string& state = "queued") {
    std::string doubled =
        "INSERT INTO jobs (source_uri, state) SELECT source_uri, '" + state +
        "' FROM jobs WHERE state = '" + state + "' LIMIT ";
    MustRun(*connection_,
            "INSERT INTO jobs (source_uri, state) VALUES "
            "('s3://videos/talk.mp4', '" +
                state + "')");
    for (int done = 1; done < count; done *= 2)
      MustRun(*connection_,
              doubled + std::to_string(std::min(done, count - done)));
  }
  int Count(const std::string& where) {
    return std::stoi(
        Cell(*connection_, "SELECT COUNT(*) FROM jobs WHERE " + where));
  }
  std::unique_ptr<FaultProxy> Proxy() {
    auto started = FaultProxy::Start(
        {.upstream = {
             .protocol = proxy::Protocol::kSql,
             .host = database_->options().host,
             .port = static_cast<uint16_t>(database_->options().port)}});
    EXPECT_TRUE(started.ok()) << started.status();
    return std::move(*started);
  }
  SqlOptions Through(const FaultProxy& proxy) {
    SqlOptions options = database_->options();
    options.port = proxy.port();
    return options;
  }
  // The next COMMIT meets this fault; the ones after it do not.
  static int ArmCommit(FaultProxy& proxy, FaultKind fault) {
    proxy::Rule rule{.target = proxy::Target::kStatement,
                     .statement = "; COMMIT$"};
    rule.fault.kind = fault;
    return proxy.Add(rule);
  }
  // Rows read by `body` on its connection, by the server's own count.
  template <typename F>
  int RowsRead(SqlConnection& connection, F&& body) {
    int before = HandlerReads(connection);
    body();
    return HandlerReads(connection) - before - own_reads_;
  }
  int HandlerReads(SqlConnection& connection) {
    auto rows = connection.Query("SHOW SESSION STATUS LIKE 'Handler_read%'");
    int total = 0;
    if (rows.ok())
      for (const SqlRow& row : *rows) total += static_cast<int>(row.Int(1));
    return total;
  }
  // What asking costs itself.
  void CalibrateReads(SqlConnection& connection) {
    HandlerReads(connection);
    own_reads_ = 0;
    int first = HandlerReads(connection);
    own_reads_ = HandlerReads(connection) - first;
  }

  static std::string Nonce() { return base::RandomHex(16); }

  base::SystemClock clock_;
  TestDatabase* database_ = nullptr;
  std::unique_ptr<SqlConnection> connection_;
  int own_reads_ = 0;
};

class ClaimTest : public ServerTest {
 protected:
  // Runs the claim's statements and leaves the transaction open.
  std::vector<uint64_t> ClaimOpen(SqlConnection& connection, int64_t limit) {
    EXPECT_TRUE(connection.Begin().ok());
    auto rows = connection.Query(sql::kClaimSelect, {"default", limit});
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<uint64_t> ids;
    for (const SqlRow& row : *rows) ids.push_back(row.Uint(0));
    SqlParams update = {"me", Nonce()}, insert;
    for (uint64_t id : ids) {
      update.emplace_back(id);
      insert.emplace_back(id);
    }
    auto updated = connection.Execute(
        sql::WithList(sql::kClaimUpdate, ids.size()), update);
    EXPECT_TRUE(updated.ok()) << updated.status();
    auto added = connection.Execute(
        sql::WithList(sql::kClaimAttempts, ids.size()), insert);
    EXPECT_TRUE(added.ok()) << added.status();
    return ids;
  }
  int RowsLockedBy(const std::string& connection_id) {
    // The table is a copy that the server renews after 0.1 s without readers.
    clock_.Sleep(std::chrono::milliseconds(300), {});
    std::string rows = Cell(*connection_,
                            "SELECT trx_rows_locked FROM "
                            "information_schema.INNODB_TRX WHERE "
                            "trx_mysql_thread_id = " +
                                connection_id);
    return rows.empty() ? -1 : std::stoi(rows);
  }
};

TEST_P(ClaimTest, LocksTwoRowsAJobWhateverTheBacklog) {
  Insert(20'000);
  Insert(20'000, "succeeded");
  auto claimer = database_->Connect();
  std::string id = Cell(*claimer, "SELECT CONNECTION_ID()");
  EXPECT_EQ(ClaimOpen(*claimer, 10).size(), 10u);
  int locked = RowsLockedBy(id);
  EXPECT_GE(locked, 10);
  EXPECT_LE(locked, 2 * 10 + 4);
  auto other = database_->Connect();
  EXPECT_EQ(ClaimOpen(*other, 10).size(), 10u);
  EXPECT_TRUE(claimer->Rollback().ok());
  EXPECT_TRUE(other->Rollback().ok());
}

TEST_P(ClaimTest, ReadsNoMoreThanItTakes) {
  Insert(5'000);
  Insert(5'000, "succeeded");
  auto reader = database_->Connect();
  MustRun(*connection_, "INSERT INTO queues (name) VALUES ('night')");
  CalibrateReads(*reader);
  int claim = RowsRead(*reader, [&] { ClaimOpen(*reader, 10); });
  EXPECT_LE(claim, 120);
  EXPECT_TRUE(reader->Rollback().ok());
  struct Case {
    std::string text;
    SqlParams params;
  };
  for (const Case& each : {
           Case{sql::WithList(sql::kReadLive, 1), {"default"}},
           Case{sql::WithList(sql::kReadCancelWanted, 1), {"default"}},
           Case{sql::WithList(sql::kDueSweeps, 1), {"default", int64_t{10}}},
           Case{sql::kDueSelect, {int64_t{10}}},
           Case{sql::kCancelSelect, {"queued", int64_t{10}}},
           Case{sql::kReadJob, {uint64_t{1}}},
           Case{sql::kReadAllLive, {}},
           Case{sql::WithList(sql::kQueues, 1), {"default"}},
           Case{sql::WithList(sql::kQueues, 2), {"default", "night"}},
           Case{sql::WithList(sql::kReadLive, 2), {"default", "night"}},
           Case{sql::kPurgeSelect, {"succeeded", int64_t{60}, int64_t{10}}},
           Case{sql::kNextQueueName, {"default"}},
           Case{sql::kUnknownQueueFront, {"default", "queued", int64_t{10}}},
           Case{sql::WithList(sql::kUnknownQueueLock, 1),
                {uint64_t{1}, "default", "queued"}},
           Case{sql::kCountJobs, {"default", "running"}},
           Case{sql::kCountJobs, {"night", "queued"}},
       }) {
    int rows = RowsRead(*reader, [&] {
      auto result = reader->Query(each.text, each.params);
      EXPECT_TRUE(result.ok()) << result.status();
    });
    EXPECT_LE(rows, 60) << each.text;  // whatever lies in the table
  }
  int counted = RowsRead(*reader, [&] {
    EXPECT_TRUE(reader->Query(sql::kCountJobs, {"default", "queued"}).ok());
  });
  EXPECT_LE(counted, 5'100);  // what waits, and nothing that has ended
}

TEST_P(ClaimTest, APurgeLocksNoRowThatWaits) {
  constexpr int kJobs = 1'000;
  Insert(kJobs);
  Insert(kJobs, "succeeded");
  MustRun(*connection_,
          "UPDATE jobs SET finished_at = CURRENT_TIMESTAMP(6) - INTERVAL 9 DAY "
          "WHERE state = 'succeeded'");
  auto purger = database_->Connect();
  std::string thread = Cell(*purger, "SELECT CONNECTION_ID()");
  ASSERT_TRUE(purger->Begin().ok());
  auto old = purger->Query(sql::kPurgeSelect,
                           {"succeeded", int64_t{86'400}, int64_t{100}});
  ASSERT_TRUE(old.ok()) << old.status();
  ASSERT_EQ(old->size(), 100u);
  SqlParams ids;
  for (const SqlRow& row : *old) ids.emplace_back(row.Uint(0));
  for (const char* text : sql::kPurgeDeletes) {
    auto deleted = purger->Execute(sql::WithList(text, ids.size()), ids);
    ASSERT_TRUE(deleted.ok()) << deleted.status();
  }
  EXPECT_LE(RowsLockedBy(thread), 2 * 100 + 4);
  if (GetParam() == Server::kMySql) {
    EXPECT_EQ(Cell(*connection_,
                   "SELECT COUNT(*) FROM performance_schema.data_locks l JOIN "
                   "performance_schema.threads t ON t.thread_id = l.thread_id "
                   "WHERE t.processlist_id = " +
                       thread +
                       " AND l.lock_type = 'RECORD' AND l.index_name = 'claim' "
                       "AND l.lock_data LIKE '%queued%'"),
              "0");
  }
  // Whatever was locked would be skipped.
  auto claimer = database_->Connect();
  EXPECT_EQ(ClaimOpen(*claimer, kJobs).size(), size_t{kJobs});
  EXPECT_TRUE(claimer->Rollback().ok());
  EXPECT_TRUE(purger->Commit().ok());
  EXPECT_EQ(Count("state = 'succeeded'"), kJobs - 100);
}

TEST_P(ClaimTest, FailingJobsOfNoQueueWaitsForNobodyAndHoldsUpNobody) {
  Insert(1'000);
  MustRun(*connection_, "UPDATE jobs SET queue_name = 'no-such'");
  SqlPool pool(database_->options(), clock_);
  MysqlJobStore store(pool);
  auto young = store.FailUnknownQueues(100);
  ASSERT_TRUE(young.ok()) << young.status();
  EXPECT_EQ(*young, 0);
  MustRun(*connection_,
          "UPDATE jobs SET created_at = created_at - INTERVAL 6 MINUTE");
  std::string first = Cell(*connection_, "SELECT MIN(id) FROM jobs");
  auto user = database_->Connect();
  ASSERT_TRUE(user->Begin().ok());
  MustRun(*user, "UPDATE jobs SET queue_name = 'default' WHERE id = " + first);
  auto failed = store.FailUnknownQueues(100);
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(*failed, 99);
  EXPECT_TRUE(user->Commit().ok());
  EXPECT_EQ(Count("queue_name = 'default' AND state = 'queued'"), 1);
  EXPECT_EQ(Count("state = 'failed'"), 99);
}

TEST_P(ClaimTest, SixteenClaimersNeverShareAJobWhileUsersInsert) {
  constexpr int kJobs = 300, kInserts = 60, kClaimers = 16;
  Insert(kJobs);
  SqlPool pool(database_->options(), clock_);
  MysqlJobStore store(pool);
  std::mutex mutex;
  std::multiset<uint64_t> claimed;
  std::atomic<bool> inserting = true;
  auto claim = [&](const std::string& owner) {
    for (bool last = false; !last;) {
      last = !inserting;  // one more look after the last INSERT
      for (;;) {
        auto jobs = store.Claim({"default", 7, owner, Nonce()});
        ASSERT_TRUE(jobs.ok()) << jobs.status();
        if (jobs->empty()) break;
        std::lock_guard lock(mutex);
        for (const Job& job : *jobs) claimed.insert(job.id.value());
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kClaimers; ++i)
      threads.emplace_back(claim, "owner-" + std::to_string(i));
    for (int i = 0; i < kInserts; ++i)
      MustRun(*connection_,
              "INSERT INTO jobs (source_uri, priority) VALUES ('s3://a/b', " +
                  std::to_string(i % 5) + ")");
    inserting = false;
  }
  constexpr size_t kAll = kJobs + kInserts;
  EXPECT_EQ(claimed.size(), kAll);
  EXPECT_EQ(std::set<uint64_t>(claimed.begin(), claimed.end()).size(), kAll);
  EXPECT_EQ(Count("state = 'claimed' AND attempt = 1"), kJobs + kInserts);
}

TEST_P(ClaimTest, ALostReplyToCommitClaimsNothingTwice) {
  Insert(20);
  auto proxy = Proxy();
  SqlPool pool(Through(*proxy), clock_);
  MysqlJobStore store(pool);
  int rule = ArmCommit(*proxy, FaultKind::kLoseReply);
  auto jobs = store.Claim({"default", 5, "me", Nonce()});
  ASSERT_TRUE(jobs.ok()) << jobs.status();
  EXPECT_EQ(proxy->MetCount(rule), 1);
  EXPECT_EQ(jobs->size(), 5u);
  for (const Job& job : *jobs) EXPECT_EQ(job.attempt, 1);
  EXPECT_EQ(Count("state = 'claimed'"), 5);
}

TEST_P(ClaimTest, ALostCommitIsDoneAgain) {
  Insert(20);
  auto proxy = Proxy();
  SqlPool pool(Through(*proxy), clock_);
  MysqlJobStore store(pool);
  int rule = ArmCommit(*proxy, FaultKind::kReset);
  auto jobs = store.Claim({"default", 5, "me", Nonce()});
  ASSERT_TRUE(jobs.ok()) << jobs.status();
  EXPECT_EQ(proxy->MetCount(rule), 1);
  EXPECT_EQ(jobs->size(), 5u);
  EXPECT_EQ(Count("state = 'claimed' AND attempt = 1"), 5);
}

TEST_P(ClaimTest, ALostReplyToATransitionLeavesTheRowToReadAgain) {
  Insert(1);
  auto proxy = Proxy();
  SqlPool pool(Through(*proxy), clock_);
  MysqlJobStore store(pool);
  auto jobs = store.Claim({"default", 1, "me", Nonce()});
  ASSERT_TRUE(jobs.ok()) << jobs.status();
  AttemptId attempt = jobs->at(0).attempt_id();
  ArmCommit(*proxy, FaultKind::kLoseReply);
  auto running = store.MarkRunning(attempt, {"pod", "node"});
  ASSERT_TRUE(running.ok()) << running.status();
  EXPECT_TRUE(*running);
  int rule = ArmCommit(*proxy, FaultKind::kLoseReply);
  auto begun = store.BeginPublish(attempt, "me", {});
  ASSERT_TRUE(begun.ok()) << begun.status();
  EXPECT_FALSE(*begun);  // the repeat found the row moved: read again
  EXPECT_EQ(proxy->MetCount(rule), 1);
  auto row = store.Read(attempt.job);
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->state, JobState::kPublishing);
  EXPECT_EQ(row->publisher, "me");
}

TEST_P(ClaimTest, ARefusedCommitLeavesNothingToTheNextTransaction) {
  auto proxy = Proxy();
  SqlPool pool(Through(*proxy), clock_);
  proxy::Rule rule{.target = proxy::Target::kStatement,
                   .statement = "; COMMIT$"};
  rule.fault.kind = FaultKind::kAnswer;
  rule.fault.sql_error = 1180;  // the server's transaction stays open
  proxy->Add(rule);
  int runs = 0;
  auto done = pool.Transact([&](SqlConnection& connection) -> base::Status {
    if (runs++ > 0) return base::Status::Ok();
    return connection
        .Execute("INSERT INTO jobs (source_uri) VALUES ('s3://a/b')", {})
        .status();
  });
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Count("TRUE"), 0);
}

TEST_P(ClaimTest, AKilledConnectionIsReplaced) {
  SqlPool pool(database_->options(), clock_);
  MysqlJobStore store(pool);
  ASSERT_TRUE(store.InstallationId().ok());
  auto others = connection_->Query(
      "SELECT id FROM information_schema.PROCESSLIST WHERE db = DATABASE() "
      "AND id <> CONNECTION_ID()");
  ASSERT_TRUE(others.ok()) << others.status();
  ASSERT_FALSE(others->empty());
  for (const SqlRow& row : *others)
    (void)connection_->Run("KILL " + row.Text(0));
  auto id = store.InstallationId();
  EXPECT_TRUE(id.ok()) << id.status();
}

TEST_P(ClaimTest, ALockWaitEndsWithItsNumberAndCanBeRolledBack) {
  Insert(1);
  std::string lock = "SELECT id FROM jobs WHERE state = 'queued' FOR UPDATE";
  auto holder = database_->Connect();
  ASSERT_TRUE(holder->Begin().ok());
  ASSERT_TRUE(holder->Query(lock).ok());
  auto waiter = database_->Connect();
  MustRun(*waiter, "SET SESSION innodb_lock_wait_timeout = 1");
  ASSERT_TRUE(waiter->Begin().ok());
  auto refused = waiter->Query(lock);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(SqlErrorNumber(refused.status()), 1205);
  EXPECT_EQ(ClassOfStatus(refused.status()), SqlErrorClass::kRetry);
  EXPECT_FALSE(waiter->broken());
  EXPECT_TRUE(waiter->Rollback().ok());
}

std::string Name(const testing::TestParamInfo<Server>& info) {
  return ServerName(info.param);
}

INSTANTIATE_TEST_SUITE_P(, ClaimTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         Name);

}  // namespace
}  // namespace vexaa::store

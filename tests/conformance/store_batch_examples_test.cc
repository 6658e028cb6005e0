// What db/examples.sql does to a whole batch, as a controller meets it: the
// statements are the printed ones, the claims are the job store's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/claim_room.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/store/mysql_job_store.h"
#include "tests/conformance/store_examples.h"

namespace vexaa::store {
namespace {

using jobs::JobState;
using testing::ElementsAre;
using testing::IsEmpty;

class BatchExamplesTest : public ExamplesTest {
 protected:
  void SetUp() override {
    ExamplesTest::SetUp();
    if (IsSkipped()) return;
    pool_ = std::make_unique<SqlPool>(roles_->database().options(), clock_);
    store_ = std::make_unique<MysqlJobStore>(*pool_);
  }

  // `count` jobs from `first` on, in the queue default.
  void Submit(int first, int count, const std::string& batch,
              const std::string& state = "queued") {
    std::string rows;
    for (int id = first; id < first + count; ++id)
      rows += (rows.empty() ? "(" : ", (") + std::to_string(id) +
              ", 's3://a/b', '" + batch + "', '" + state + "')";
    Insert("id, source_uri, batch, state", rows);
  }
  // What a controller would claim of a queue now.
  std::vector<jobs::Job> Claim(const std::string& name) {
    auto queues = store_->ReadQueues({name});
    EXPECT_TRUE(queues.ok() && queues->size() == 1) << queues.status();
    if (!queues.ok() || queues->empty()) return {};
    int room = controller::ClaimRoom(queues->at(0));
    if (room == 0) return {};
    auto jobs = store_->Claim(
        {name, room, "me", base::RandomHex(16), queues->at(0).drain_to});
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    return jobs.ok() ? *jobs : std::vector<jobs::Job>();
  }
  static std::vector<uint64_t> Ids(const std::vector<jobs::Job>& jobs) {
    std::vector<uint64_t> ids;
    for (const jobs::Job& job : jobs) ids.push_back(job.id.value());
    return ids;
  }
  void End(const std::vector<jobs::Job>& jobs) {
    AttemptEnd end;
    end.reason = jobs::Reason::kInputNotFound;
    end.next.state = JobState::kFailed;
    for (const jobs::Job& job : jobs) {
      auto ended = store_->EndAttempt(job.attempt_id(), end);
      EXPECT_TRUE(ended.ok() && *ended) << ended.status();
    }
  }
  // The controller's look at draining queues.
  void Advance() {
    base::Status advanced = store_->AdvanceDrains({"default", "night"});
    EXPECT_TRUE(advanced.ok()) << advanced;
  }
  std::string StateOf(const std::string& queue) {
    return One("SELECT state FROM queues WHERE name = '" + queue + "'");
  }

  base::SystemClock clock_;
  std::unique_ptr<SqlPool> pool_;
  std::unique_ptr<MysqlJobStore> store_;
};

TEST_P(BatchExamplesTest, ABatchInAQueueOfItsOwnIsLimited) {
  Submit(1, 24, "lectures");
  Submit(25, 2, "other");
  RunAs(*root_, "add-queue");
  Run("move-batch");
  RunAs(*root_, "limit");
  std::vector<jobs::Job> claimed = Claim("night");
  EXPECT_EQ(claimed.size(), 20u);
  EXPECT_THAT(Claim("night"), IsEmpty());
  claimed.resize(3);
  End(claimed);
  EXPECT_THAT(Ids(Claim("night")), ElementsAre(21, 22, 23));
  EXPECT_THAT(Ids(Claim("default")), ElementsAre(25, 26));
}

TEST_P(BatchExamplesTest, ABatchInAQueueOfItsOwnIsPaused) {
  Submit(1, 6, "lectures");
  Submit(7, 2, "other");
  RunAs(*root_, "add-queue");  // four at a time
  Run("move-batch");
  std::vector<jobs::Job> claimed = Claim("night");
  EXPECT_THAT(Ids(claimed), ElementsAre(1, 2, 3, 4));
  RunAs(*root_, "pause");
  claimed.pop_back();
  End(claimed);
  EXPECT_THAT(Claim("night"), IsEmpty());
  EXPECT_EQ(Row(4, "state"), "claimed");  // goes on
  EXPECT_EQ(Count("queue_name = 'night' AND state = 'queued'"), "2");
  EXPECT_THAT(Ids(Claim("default")), ElementsAre(7, 8));
  RunAs(*root_, "resume");
  EXPECT_THAT(Ids(Claim("night")), ElementsAre(5, 6));
}

TEST_P(BatchExamplesTest, ABatchInAQueueOfItsOwnIsDrained) {
  Submit(1, 2, "lectures");
  Submit(3, 1, "lectures", "scheduled");
  Submit(4, 1, "other");
  RunAs(*root_, "add-queue");
  Run("move-batch");
  RunAs(*root_, "drain");
  Advance();
  MustRun(*user_,
          "INSERT INTO jobs (source_uri, queue_name, priority) VALUES "
          "('s3://a/late', 'night', 100)");
  std::vector<jobs::Job> claimed = Claim("night");
  EXPECT_THAT(Ids(claimed), ElementsAre(1, 2));
  End(claimed);
  Advance();
  EXPECT_EQ(StateOf("night"), "draining");  // one of the batch is yet to come
  Run("release-batch");
  claimed = Claim("night");
  EXPECT_THAT(Ids(claimed), ElementsAre(3));
  End(claimed);
  Advance();
  EXPECT_EQ(StateOf("night"), "paused");
  EXPECT_EQ(StateOf("default"), "active");
  EXPECT_THAT(Claim("night"), IsEmpty());
  RunAs(*root_, "resume");
  EXPECT_THAT(Ids(Claim("night")), ElementsAre(5));
}

// The example names two batches: one for the procedure, one for the UPDATE.
TEST_P(BatchExamplesTest, BothWaysToCancelABatchDoTheSame) {
  int id = 1;
  for (const char* batch : {"lectures", "november", "other"}) {
    for (const char* state : {"queued", "scheduled", "claimed", "running"})
      Submit(id++, 1, batch, state);
    for (const char* state : {"succeeded", "failed", "cancelled"})
      Submit(id++, 1, batch, state);
  }
  MustRun(*root_,
          "UPDATE jobs SET finished_at = CURRENT_TIMESTAMP(6) WHERE state IN "
          "('succeeded', 'failed', 'cancelled')");
  Run("cancel-batch");
  EXPECT_EQ(One("SELECT GROUP_CONCAT(id ORDER BY id) FROM jobs WHERE "
                "desired_state = 'cancelled'"),
            "1,2,3,4,8,9,10,11");
  auto ended = store_->CancelWaiting(10);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(*ended, 4);
  for (int waited : {1, 2, 8, 9}) EXPECT_EQ(Row(waited, "state"), "cancelled");
  auto wanted = store_->ReadCancelWanted({"default"});
  ASSERT_TRUE(wanted.ok()) << wanted.status();
  EXPECT_THAT(*wanted,
              testing::UnorderedElementsAre(jobs::JobId(3), jobs::JobId(4),
                                            jobs::JobId(10), jobs::JobId(11)));
  EXPECT_THAT(Ids(Claim("default")), ElementsAre(15));
}

INSTANTIATE_TEST_SUITE_P(, BatchExamplesTest,
                         testing::Values(Server::kMariaDb, Server::kMySql),
                         [](const auto& info) {
                           return ServerName(info.param);
                         });

}  // namespace
}  // namespace vexaa::store

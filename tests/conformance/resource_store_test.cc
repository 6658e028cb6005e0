// One suite for the fake and for both servers.
#include "lib/store/resource_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/jobs/reason.h"
#include "lib/store/resource_sql.h"
#include "tests/conformance/store_bed.h"
#include "tests/fakes/fake_resource_store.h"

namespace vexaa::store {
namespace {

using jobs::JobState;
using testing::Contains;
using testing::Pair;

// The fake, or a server.
using Kind = std::optional<Server>;

std::string KindName(const testing::TestParamInfo<Kind>& info) {
  return info.param ? ServerName(*info.param) : "Fake";
}

class ResourceStoreTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (!GetParam()) {
      auto fake = std::make_unique<FakeResourceStore>();
      fake_ = fake.get();
      store_ = std::move(fake);
      return;
    }
    SKIP_WITHOUT(*GetParam());
    TestDatabase& database = SharedDatabase(*GetParam());
    connection_ = database.Connect();
    pool_ = std::make_unique<SqlPool>(database.options(), clock_);
    store_ = std::make_unique<MysqlResourceStore>(*pool_);
  }
  void TearDown() override {
    if (connection_) MustRun(*connection_, "DELETE FROM jobs");
  }

  ResourceJob Job() const {
    return {.cr_namespace = "media",
            .cr_name = "talk",
            .cr_uid = base::RandomHex(16),
            .source_uri = "s3://videos/talk.mp4",
            .profile = "mp3-128k",
            .options = R"({"track": 1})",
            .queue_name = "default",
            .max_attempts = 5,
            .timeout_seconds = 60};
  }
  void SetState(const std::string& uid, JobState state) {
    if (fake_ != nullptr) {
      fake_->Of(uid).row.state = state;
      return;
    }
    MustRun(*connection_, "UPDATE jobs SET state = '" +
                              std::string(jobs::JobStateName(state)) +
                              "' WHERE cr_uid = '" + uid + "'");
  }
  void SetEnded(const std::string& uid, std::chrono::seconds ago) {
    SetState(uid, JobState::kSucceeded);
    if (fake_ != nullptr) {
      fake_->Of(uid).ended_long_ago = ago > std::chrono::seconds(60);
      return;
    }
    MustRun(*connection_,
            "UPDATE jobs SET finished_at = CURRENT_TIMESTAMP(6) - INTERVAL " +
                std::to_string(ago.count()) + " SECOND WHERE cr_uid = '" + uid +
                "'");
  }
  bool CancelWanted(const std::string& uid) {
    if (fake_ != nullptr) return fake_->Of(uid).cancel_wanted;
    return Cell(*connection_,
                "SELECT desired_state FROM jobs WHERE cr_uid = '" + uid +
                    "'") == "cancelled";
  }
  int Priority(const std::string& uid) {
    if (fake_ != nullptr) return fake_->Of(uid).job.priority;
    return std::stoi(
        Cell(*connection_,
             "SELECT priority FROM jobs WHERE cr_uid = '" + uid + "'"));
  }

  base::SystemClock clock_;
  std::unique_ptr<SqlConnection> connection_;
  std::unique_ptr<SqlPool> pool_;
  std::unique_ptr<ResourceStore> store_;
  FakeResourceStore* fake_ = nullptr;
};

TEST_P(ResourceStoreTest, MakesOneRowForAUid) {
  ResourceJob job = Job();
  auto first = store_->Submit(job);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*store_->Submit(job), *first);
  auto rows = store_->Read({job.cr_uid, "another"});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().id, *first);
  EXPECT_EQ(rows->front().state, JobState::kQueued);
  EXPECT_EQ(rows->front().cr_uid, job.cr_uid);
}

TEST_P(ResourceStoreTest, RefusesWhatTheTableRefuses) {
  ResourceJob job = Job();
  job.source_uri = "ftp://x/y";
  auto refused = store_->Submit(job);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(jobs::ReasonOf(refused.status()), jobs::Reason::kInvalidJob);
  EXPECT_THAT(refused.status().message(),
              testing::HasSubstr("source_uri_must_be_s3_or_file_uri"));
}

TEST_P(ResourceStoreTest, CancelsOnlyWhatHasNotEnded) {
  ResourceJob job = Job(), done = Job();
  ASSERT_TRUE(store_->Submit(job).ok());
  ASSERT_TRUE(store_->Submit(done).ok());
  SetState(done.cr_uid, JobState::kSucceeded);
  EXPECT_TRUE(store_->Cancel(job.cr_uid).ok());
  EXPECT_TRUE(store_->Cancel(done.cr_uid).ok());
  EXPECT_TRUE(store_->Cancel("nobody's").ok());
  EXPECT_TRUE(CancelWanted(job.cr_uid));
  EXPECT_FALSE(CancelWanted(done.cr_uid));
}

TEST_P(ResourceStoreTest, NamesWhatIsStillWanted) {
  ResourceJob job = Job(), done = Job(), cancelled = Job(), elsewhere = Job();
  elsewhere.cr_namespace = "another";
  for (const ResourceJob& each : {job, done, cancelled, elsewhere})
    ASSERT_TRUE(store_->Submit(each).ok());
  SetState(done.cr_uid, JobState::kFailed);
  ASSERT_TRUE(store_->Cancel(cancelled.cr_uid).ok());
  auto wanted = store_->Wanted("media");
  ASSERT_TRUE(wanted.ok()) << wanted.status();
  std::map<std::string, std::string> names;
  for (const ResourceName& each : *wanted) names[each.cr_uid] = each.cr_name;
  EXPECT_THAT(names, Contains(Pair(job.cr_uid, job.cr_name)));
  for (const ResourceJob& each : {done, cancelled, elsewhere})
    EXPECT_FALSE(names.contains(each.cr_uid));
}

TEST_P(ResourceStoreTest, NamesWhatIsWorkedOnOrEndedLately) {
  ResourceJob waiting = Job(), running = Job(), ended = Job(), old = Job();
  ResourceJob elsewhere = Job();
  elsewhere.cr_namespace = "another";
  for (const ResourceJob& each : {waiting, running, ended, old, elsewhere})
    ASSERT_TRUE(store_->Submit(each).ok());
  SetState(running.cr_uid, JobState::kRunning);
  SetState(elsewhere.cr_uid, JobState::kRunning);
  SetEnded(ended.cr_uid, std::chrono::seconds(5));
  SetEnded(old.cr_uid, std::chrono::seconds(600));
  auto active = store_->ActiveUids("media", std::chrono::seconds(60));
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_THAT(*active,
              testing::UnorderedElementsAre(running.cr_uid, ended.cr_uid));
}

TEST_P(ResourceStoreTest, ReadsFewRowsOfManyThatWait) {
  if (fake_ != nullptr) GTEST_SKIP() << "the fake counts no rows";
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(store_->Submit(Job()).ok());
  for (const char* text : {sql::kLiveUids, sql::kEndedUids}) {
    SqlParams params = {"media"};
    if (text == sql::kEndedUids) params.insert(params.begin(), int64_t{60});
    MustRun(*connection_, "FLUSH STATUS");
    EXPECT_TRUE(connection_->Query(text, params).ok());
    auto rows = connection_->Query("SHOW SESSION STATUS LIKE 'Handler_read%'");
    ASSERT_TRUE(rows.ok()) << rows.status();
    int64_t read = 0;
    for (const SqlRow& row : *rows) read += row.Int(1);
    EXPECT_LE(read, 60) << text;
  }
}

TEST_P(ResourceStoreTest, ChangesThePriorityOfWhatWaits) {
  ResourceJob job = Job(), running = Job();
  ASSERT_TRUE(store_->Submit(job).ok());
  ASSERT_TRUE(store_->Submit(running).ok());
  SetState(running.cr_uid, JobState::kRunning);
  EXPECT_TRUE(store_->SetPriority(job.cr_uid, 9).ok());
  EXPECT_TRUE(store_->SetPriority(running.cr_uid, 9).ok());
  EXPECT_EQ(Priority(job.cr_uid), 9);
  EXPECT_EQ(Priority(running.cr_uid), 0);
}

INSTANTIATE_TEST_SUITE_P(, ResourceStoreTest,
                         testing::Values(Kind(), Kind(Server::kMariaDb),
                                         Kind(Server::kMySql)),
                         KindName);

}  // namespace
}  // namespace vexaa::store

// One of two stores hangs: what is published to the other one is not held up.
#include <gtest/gtest.h>

#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using jobs::JobState;
using objects::Verb;

constexpr int kThreads = 4;

class SilentStore : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.buckets = {"videos", "others"};
    world_.stores = objects::StoreSet(
        {{"videos", &world_.objects}, {"others", &silent_}}, nullptr);
  }

  // A job whose result is staged in that bucket and waits to be published.
  jobs::JobId Staged(const std::string& bucket) {
    const objects::ObjectPath path{bucket, std::to_string(++made_) + ".mp3"};
    jobs::JobId id = world_.Submit("", "s3://" + path.bucket + "/" + path.key);
    me_.Claim();
    me_.reconciler.Reconcile(id, {});
    const jobs::Job row = world_.Row(id);
    auto outcome = world_.StageIn(bucket == "others" ? silent_ : world_.objects,
                                  path, row);
    world_.pods.SetOver(
        jobs::PodNameFor(row.attempt_id()), kube::PodPhase::kSucceeded,
        {.exit_code = 0, .message = jobs::FormatRunOutcome(outcome)});
    me_.reconciler.Reconcile(id, {});
    EXPECT_EQ(world_.Row(id).state, JobState::kPublishing);
    return id;
  }

  // As one of the controller's threads does with one id.
  jobs::JobId PublishNext() {
    auto id = me_.publishing.Next({});
    me_.Publish(*id);
    me_.publishing.Done(*id);
    return *id;
  }

  World world_;
  objects::FakeObjectStore silent_{world_.clock};
  OneController me_{
      world_, "me", {.threads = kThreads, .several_stores = true}};
  int made_ = 0;
};

TEST_F(SilentStore, LeavesThreadsToTheOthers) {
  std::vector<jobs::JobId> hanging;
  for (int i = 0; i < 2 * kThreads; ++i) hanging.push_back(Staged("others"));
  std::latch asked(kThreads - 1), answers(1);
  silent_.OnCall([&](Verb, const objects::ObjectPath&) {
    asked.count_down();
    answers.wait();
  });
  for (Verb verb : {Verb::kHead, Verb::kInspect, Verb::kComplete})
    silent_.Fail(verb, base::Status(base::Code::kUnavailable, "timed out"),
                 100);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads - 1; ++i)
      threads.emplace_back([this] { PublishNext(); });
    asked.wait();
    const jobs::JobId healthy = Staged("videos");
    EXPECT_EQ(PublishNext(), healthy);
    EXPECT_EQ(world_.Row(healthy).state, JobState::kSucceeded);
    silent_.OnCall({});
    answers.count_down();
  }
  for (jobs::JobId id : hanging)
    EXPECT_EQ(world_.Row(id).state, JobState::kPublishing);
}

// What its earlier attempt left open must be looked for first.
TEST_F(SilentStore, HoldsUpNoThreadButThosePublishingWhenAJobIsTriedAgain) {
  jobs::JobId id = world_.Submit("", "s3://others/again.mp3");
  me_.Claim();
  me_.Settle(id);
  ASSERT_TRUE(
      silent_.Stage({"others", "again.mp3"}, {}, std::stop_token()).ok());
  world_.FailPod(world_.Row(id), jobs::Reason::kStorageUnavailable);
  me_.Settle(id);
  world_.clock.Advance(std::chrono::hours(1));
  (void)world_.store.PromoteDue(10);
  me_.Claim();
  ASSERT_EQ(world_.Row(id).attempt, 2);
  for (int i = 0; i < 3; ++i) me_.reconciler.Reconcile(id, {});
  EXPECT_EQ(silent_.Count(Verb::kFindOpen), 0);
  EXPECT_FALSE(world_.pods.Find(PodOf(id, 2)));
  EXPECT_EQ(PublishNext(), id);
  EXPECT_EQ(silent_.Count(Verb::kFindOpen), 1);
  EXPECT_EQ(silent_.open_upload_count(), 0u);
  EXPECT_EQ(me_.queue.Next({}), id);
  me_.reconciler.Reconcile(id, {});
  EXPECT_TRUE(world_.pods.Find(PodOf(id, 2)));
}

}  // namespace
}  // namespace vexaa::controller

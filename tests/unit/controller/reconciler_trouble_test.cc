// What the reconciler does when the cluster takes no pod, or the installation
// fails its jobs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using jobs::Reason;
using ::testing::HasSubstr;

TEST(Reconciler, DoesNothingWhileThePodsAreNotKnown) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  world.pods.SetSynced(false);
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 0);
  EXPECT_EQ(world.Row(id).state, JobState::kClaimed);
}

TEST(Reconciler, WaitsWithoutCountingWhenTheQuotaIsFull) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  world.pods.FailCreate(
      base::Status(base::Code::kResourceExhausted, "exceeded quota: pods=5"));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kClaimed);
  EXPECT_EQ(world.Row(id).reason, Reason::kQuotaExceeded);
  EXPECT_THAT(world.Row(id).message, HasSubstr("exceeded quota"));
  world.pods.FailCreate(base::Status::Ok());
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 0);  // its time has not come
  world.clock.Advance(2s);
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 1);
  EXPECT_EQ(world.Row(id).attempt, 1);
  EXPECT_EQ(world.Row(id).failures, 0);
}

TEST(Reconciler, WaitsForAFullClusterADayAtTheMost) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  world.pods.SetQuota(1);
  kube::Pod other;
  other.name = "other";
  other.phase = kube::PodPhase::kRunning;
  world.pods.Put(other);
  me.Settle(id);
  world.clock.Advance(25h);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kFailed);
  EXPECT_EQ(world.Row(id).reason, Reason::kQuotaExceeded);
}

TEST(Reconciler, WaitsForAFullClusterAnewOnceAJobHasWorked) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.pods.SetRunning(PodOf(id));
  me.Settle(id);
  ASSERT_EQ(world.Row(id).state, JobState::kRunning);
  world.clock.Advance(30h);
  world.pods.Lose(PodOf(id));
  me.Settle(id);
  ASSERT_EQ(world.Row(id).reason, Reason::kPodLost);
  world.clock.Advance(1min);
  ASSERT_EQ(*world.store.PromoteDue(1), 1);
  world.pods.FailCreate(
      base::Status(base::Code::kResourceExhausted, "exceeded quota: pods=5"));
  me.Claim();
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kClaimed);
  world.clock.Advance(25h);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kFailed);
  EXPECT_EQ(world.Row(id).reason, Reason::kQuotaExceeded);
}

TEST(Reconciler, WaitsAsLongAsTheServerAsksFor) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  world.pods.FailCreate(base::Status(base::Code::kUnavailable,
                                     "too many requests", "RetryAfter=40"));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kClaimed);
  EXPECT_EQ(world.Row(id).message, "too many requests");
  world.pods.FailCreate(base::Status::Ok());
  world.clock.Advance(39s);
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 0);
  world.clock.Advance(1s);
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 1);
}

TEST(Reconciler, SaysInTheRowWhyNoNodeTakesThePod) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  kube::Pod pod = *world.pods.Find(PodOf(id));
  pod.unschedulable = true;
  pod.unschedulable_message = "0/3 nodes are available: 3 Insufficient cpu.";
  world.pods.Put(pod);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kClaimed);
  EXPECT_EQ(world.Row(id).reason, Reason::kUnschedulable);
  EXPECT_THAT(world.Row(id).message, HasSubstr("3 Insufficient cpu"));
  world.clock.Advance(16min);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kScheduled);
  EXPECT_EQ(world.Row(id).failures, 0);
  EXPECT_FALSE(world.pods.Find(PodOf(id)));
}

TEST(Reconciler, AsksForMoreMemoryAfterEachAttemptThatRanOut) {
  World world;
  jobs::JobId id = world.Submit();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    OneController me(world, "c" + std::to_string(attempt));  // also restarted
    me.Claim();
    me.Settle(id);
    EXPECT_EQ(world.pods.LastRequest()->out_of_memory, attempt - 1);
    world.pods.SetOver(PodOf(id, attempt), kube::PodPhase::kFailed,
                       {.exit_code = 137, .reason = "OOMKilled"});
    me.Settle(id);
    EXPECT_EQ(world.Row(id).reason, Reason::kOutOfMemory);
    world.clock.Advance(1h);
    (void)world.store.PromoteDue(10);
  }
  EXPECT_EQ(world.Row(id).failures, 3);
}

void Break(World& world, OneController& me, int times) {
  for (int i = 0; i < times; ++i) {
    me.Claim();
    me.SettleAll();
    world.clock.Advance(10min);
    (void)world.store.PromoteDue(100);
  }
}

TEST(Reconciler, CountsFaultsOfTheInstallationUntilARunnerWorks) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  world.pods.FailCreate(
      base::Status(base::Code::kPermissionDenied, "violates PodSecurity"));
  Break(world, me, 4);
  store::Queue queue = world.store.ReadQueues({"default"})->at(0);
  ASSERT_TRUE(queue.trouble);
  EXPECT_EQ(queue.trouble->failures, 4);
  EXPECT_FALSE(queue.trouble->stopped);
  Break(world, me, 1);
  queue = world.store.ReadQueues({"default"})->at(0);
  EXPECT_TRUE(queue.trouble->stopped);
  EXPECT_EQ(queue.trouble->reason, Reason::kPodRejected);
  EXPECT_EQ(world.Row(id).failures, 0);
  world.pods.FailCreate(base::Status::Ok());
  me.Claim();
  me.Settle(id);
  EXPECT_TRUE(world.store.ReadQueues({"default"})->at(0).trouble);
  world.pods.SetRunning(PodOf(id, 6));
  me.Settle(id);
  EXPECT_FALSE(world.store.ReadQueues({"default"})->at(0).trouble);
}

// A second attempt, ready to start.
jobs::JobId SecondAttempt(World& world, OneController& me) {
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FailPod(world.Row(id), Reason::kStorageUnavailable);
  me.Settle(id);
  world.clock.Advance(1h);
  (void)world.store.PromoteDue(10);
  me.Claim();
  EXPECT_EQ(world.Row(id).attempt, 2);
  return id;
}

TEST(Reconciler, TriesLaterWhereUploadsCannotBeListedNow) {
  World world;
  OneController me(world);
  jobs::JobId id = SecondAttempt(world, me);
  world.objects.Fail(objects::Verb::kFindOpen,
                     base::Status(base::Code::kUnavailable, "HTTP 503"));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kScheduled);
  EXPECT_EQ(world.Row(id).reason, Reason::kStorageUnavailable);
}

TEST(Reconciler, StartsARetryWhereNoUploadsMayBeListed) {
  for (auto code :
       {base::Code::kNotFound, base::Code::kUnimplemented,
        base::Code::kPermissionDenied, base::Code::kInvalidArgument}) {
    World world;
    OneController me(world);
    jobs::JobId id = SecondAttempt(world, me);
    world.objects.Fail(objects::Verb::kFindOpen, base::Status(code, "no"));
    const int created = world.pods.create_count();
    me.Settle(id);
    EXPECT_EQ(world.pods.create_count(), created + 1);
    EXPECT_THAT(me.lines.str(), HasSubstr("may be left behind"));
  }
}

TEST(Reconciler, BelievesInItsCredentialsOnlyWhenARunnerUsedThem) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FailPod(world.Row(id), Reason::kInvalidConfig);
  me.Settle(id);
  EXPECT_TRUE(world.store.ReadQueues({"default"})->at(0).trouble);
  world.clock.Advance(2min);
  (void)world.store.PromoteDue(10);
  me.Claim();
  me.Settle(id);
  world.pods.SetRunning(PodOf(id, 2));
  me.Settle(id);
  EXPECT_TRUE(world.store.ReadQueues({"default"})->at(0).trouble);
  world.FailPod(world.Row(id), Reason::kNoAudioStream);
  me.Settle(id);
  EXPECT_FALSE(world.store.ReadQueues({"default"})->at(0).trouble);
}

}  // namespace
}  // namespace vexaa::controller

#include "controller/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/jobs/run_spec.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using jobs::Reason;
using objects::FailWhen;
using objects::Verb;
using ::testing::HasSubstr;

std::string PodOf(jobs::JobId id, int attempt = 1) {
  return jobs::PodNameFor({id, attempt});
}

TEST(Reconciler, TakesAJobFromItsClaimToOnePublishedObject) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  ASSERT_EQ(me.Claim(), 1);
  me.Settle(id);
  ASSERT_TRUE(world.pods.Find(PodOf(id)));
  world.pods.SetRunning(PodOf(id));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kRunning);
  EXPECT_EQ(world.Row(id).node_name, "node1");
  world.FinishPod(world.Row(id));
  EXPECT_FALSE(world.objects.Get(kOutput));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded) << me.lines.str();
  EXPECT_EQ(world.objects.Get(kOutput), "audio");
  EXPECT_EQ(world.objects.Count(Verb::kComplete), 1);
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
  EXPECT_EQ(world.store.Attempt({id, 1})->log_tail, "the log of " + PodOf(id));
}

TEST(Reconciler, RingsForTheClaimerOnlyWhenAJobIsOver) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  me.reconciler.Reconcile(id, {});
  EXPECT_FALSE(me.room.Wait(0s, {}));
  me.reconciler.Publish(id, {});
  EXPECT_TRUE(me.room.Wait(0s, {}));
}

TEST(Reconciler, RingsForTheClaimerWhenAnAttemptFails) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FailPod(world.Row(id), Reason::kStorageUnavailable);
  me.Settle(id);
  EXPECT_TRUE(me.room.Wait(0s, {}));
}

TEST(Reconciler, TellsTheRunnerWhatToDo) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  auto spec = jobs::ParseRunSpec(world.pods.LastRequest()->run_spec);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->source_uri, kSource);
  EXPECT_EQ(spec->token, jobs::AttemptToken(world.Row(id)));
  ASSERT_EQ(spec->plan.outputs.size(), 1u);
  EXPECT_EQ(spec->plan.outputs[0].uri,
            "s3://videos/audio/talk.mp4/mp3-128k.mp3");
}

TEST(Reconciler, KeepsTheNodeOfAJobThatWasTooShortToBeSeenRunning) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  kube::Pod pod = *world.pods.Find(PodOf(id));
  pod.node_name = "node7";
  world.pods.Put(pod);
  world.FinishPod(world.Row(id));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world.Row(id).node_name, "node7");
}

TEST(Reconciler, AdoptsThePodWhoseCreationReplyWasLost) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  world.pods.LoseCreateReply(true);
  me.Settle(id);
  world.FinishPod(world.Row(id));
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 1);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world.Row(id).attempt, 1);
}

TEST(Reconciler, FailsAWrongJobBeforeAnyPodIsMade) {
  World world;
  OneController me(world);
  jobs::Job wrong;
  wrong.source_uri = "s3://secrets/talk.mp4";
  wrong.profile = "mp3-128k";
  wrong.queue_name = "default";
  wrong.max_attempts = 3;
  jobs::JobId id = world.store.Submit(wrong);
  me.Claim();
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kFailed);
  EXPECT_EQ(world.Row(id).reason, Reason::kInvalidJob);
  EXPECT_THAT(world.Row(id).message, HasSubstr("the buckets of a store"));
  EXPECT_EQ(world.pods.create_count(), 0);
}

TEST(Reconciler, RetriesATemporaryFailureAndPublishesOnce) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FailPod(world.Row(id), Reason::kStorageUnavailable);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kScheduled);
  EXPECT_EQ(world.Row(id).failures, 1);
  world.clock.Advance(1min);
  EXPECT_EQ(*world.store.PromoteDue(10), 1);
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded) << me.lines.str();
  EXPECT_EQ(world.Row(id).attempt, 2);
  EXPECT_EQ(world.objects.Count(Verb::kComplete), 1);
}

TEST(Reconciler, AbortsWhatADeadAttemptLeftBeforeTheNextPodExists) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.Stage(world.Row(id));  // then its pod is deleted by hand
  world.pods.Lose(PodOf(id));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).reason, Reason::kPodLost);
  EXPECT_EQ(world.Row(id).disruptions, 1);
  EXPECT_EQ(world.Row(id).failures, 0);
  world.clock.Advance(10s);
  ASSERT_EQ(*world.store.PromoteDue(10), 1);
  me.Claim();
  me.Settle(id);
  ASSERT_TRUE(world.pods.Find(PodOf(id, 2)));
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
}

TEST(Reconciler, KeepsAJobWaitingWhileAnotherWritesItsOutput) {
  World world;
  OneController me(world);
  jobs::JobId first = world.Submit();
  jobs::JobId second = world.Submit();
  me.Claim();
  me.Settle(first);
  me.Settle(second);
  EXPECT_EQ(world.Row(second).state, JobState::kScheduled);
  EXPECT_EQ(world.Row(second).reason, Reason::kOutputBusy);
  EXPECT_NE(world.Row(second).message.find("job 1 is writing s3://"),
            std::string::npos)
      << world.Row(second).message;
  EXPECT_EQ(world.Row(second).failures, 0);
}

TEST(Reconciler, NeverReplacesSomebodyElsesObject) {
  World world;
  OneController me(world);
  world.objects.Put(kOutput, "precious");
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kFailed);
  EXPECT_EQ(world.Row(id).reason, Reason::kOutputExists);
  EXPECT_EQ(world.objects.Get(kOutput), "precious");
}

TEST(Reconciler, ReplacesAnEarlierResultOfTheSameSourceAndProfile) {
  World world;
  OneController me(world);
  world.objects.Put(
      kOutput, "old",
      objects::MetadataOf(objects::IdentityOf("9.9.x", kSource, "mp3-128k")));
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world.objects.Get(kOutput), "audio");
}

TEST(Reconciler, SucceedsWhenTheReplyOfCompleteWasLost) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  world.objects.Fail(Verb::kComplete,
                     base::Status(base::Code::kUnavailable, "reply lost"), 1,
                     FailWhen::kAfter);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world.objects.Count(Verb::kComplete), 1);
}

TEST(Reconciler, RunsTheJobAgainWhenItsStagedUploadIsGone) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  jobs::RunOutcome outcome = world.Stage(world.Row(id));
  (void)world.objects.Abort(kOutput, outcome.outputs[0].upload_id, {});
  world.pods.SetOver(
      PodOf(id), kube::PodPhase::kSucceeded,
      {.exit_code = 0, .message = jobs::FormatRunOutcome(outcome)});
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kScheduled);
  EXPECT_FALSE(world.objects.Get(kOutput));
}

TEST(Reconciler, AsksNoLostNodeForALogBeforeItGoesOn) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FailPod(world.Row(id), Reason::kCorruptInput);
  me.reconciler.Reconcile(id, {});
  EXPECT_EQ(world.Row(id).state, JobState::kFailed);
  EXPECT_EQ(world.pods.log_count(), 0);
  EXPECT_TRUE(me.logs.KeepNext());
  EXPECT_TRUE(world.store.Attempt({id, 1})->log_tail);
}

TEST(Reconciler, CancelsARunningJobAndLeavesNothing) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.pods.SetRunning(PodOf(id));
  me.Settle(id);
  world.Stage(world.Row(id));
  world.store.SetCancelWanted(id);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kCancelled);
  EXPECT_FALSE(world.pods.Find(PodOf(id)));
  EXPECT_EQ(world.store.Attempt({id, 1})->log_tail, "the log of " + PodOf(id));
  Maintenance maintenance = me.MakeMaintenance();
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
  EXPECT_EQ(world.objects.object_count(), 0u);
}

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

// A controller that dies after any store or storage call leaves a state that
// the next one brings to one object and one terminal row.
TEST(Reconciler, EndsTheJobOnceWhereverItsPredecessorStopped) {
  for (int steps = 0; steps < 8; ++steps) {
    World world;
    jobs::JobId id = world.Submit();
    {
      OneController dead(world, "dead");
      dead.Claim();
      for (int i = 0; i < steps; ++i) {
        if (i == 2) world.pods.SetRunning(PodOf(id));
        if (i == 4) world.FinishPod(world.Row(id));
        dead.Step(id);
      }
    }
    world.clock.Advance(2min);  // past the takeover of publishing
    OneController next(world, "next");
    next.Settle(id);
    if (!jobs::IsTerminal(world.Row(id).state) && steps <= 4) {
      world.FinishPod(world.Row(id));
      next.Settle(id);
    }
    EXPECT_EQ(world.Row(id).state, JobState::kSucceeded)
        << "after " << steps << " steps\n"
        << next.lines.str();
    EXPECT_EQ(world.Row(id).attempt, 1) << steps;
    EXPECT_EQ(world.objects.Count(Verb::kComplete), 1) << steps;
    EXPECT_EQ(world.objects.object_count(), 1u) << steps;
  }
}

TEST(Reconciler, GivesWhatPublishesToThePublishersAndBack) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  me.reconciler.Reconcile(id, {});
  EXPECT_EQ(me.publishing.Next({}), id);
  me.publishing.Done(id);
  me.reconciler.Reconcile(id, {});  // a cross-check
  EXPECT_EQ(me.publishing.Next({}), id);
  EXPECT_EQ(world.Row(id).state, JobState::kPublishing);
  EXPECT_EQ(world.objects.Count(Verb::kComplete), 0);
  me.reconciler.Publish(id, {});
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  jobs::JobId other = world.Submit();
  me.Claim();
  EXPECT_EQ(me.queue.Next({}), id);
  me.queue.Done(id);
  me.reconciler.Publish(other, {});  // not for the publishers
  EXPECT_EQ(me.queue.Next({}), other);
  EXPECT_EQ(world.Row(other).state, JobState::kClaimed);
}

TEST(Reconciler, LetsTwoControllersPublishOneObjectOnce) {
  World world;
  OneController first(world, "first");
  OneController second(world, "second");
  jobs::JobId id = world.Submit();
  first.Claim();
  first.Settle(id);
  world.FinishPod(world.Row(id));
  for (int i = 0; i < 5; ++i) {
    first.Step(id);
    second.Step(id);
  }
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world.objects.Count(Verb::kComplete), 1);
}

}  // namespace
}  // namespace vexaa::controller

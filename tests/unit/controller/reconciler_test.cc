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
using objects::Verb;
using ::testing::HasSubstr;

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
  me.Publish(id);
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

}  // namespace
}  // namespace vexaa::controller

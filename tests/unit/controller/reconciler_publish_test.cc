// What the reconciler does with results: one object and one terminal row.
#include <gtest/gtest.h>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using jobs::Reason;
using objects::FailWhen;
using objects::Verb;

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

TEST(Reconciler, SaysInTheRowWhyAResultIsNotPublishedYet) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  auto refuse = [&](const std::string& why) {
    world.objects.Fail(Verb::kHead,
                       base::Status(base::Code::kUnavailable, why));
    me.Step(id);
    EXPECT_EQ(world.Row(id).state, JobState::kPublishing);
    EXPECT_EQ(world.Row(id).reason, Reason::kPublishing);
  };
  me.Step(id);
  EXPECT_EQ(world.Row(id).message, "");
  refuse("503 (request 1)");
  const std::string message = world.Row(id).message;
  EXPECT_NE(message.find("503 (request 1)"), std::string::npos) << message;
  refuse("503 (request 2)");
  EXPECT_EQ(world.Row(id).message, message);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world.Row(id).message, "published");
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
  me.Publish(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  jobs::JobId other = world.Submit();
  me.Claim();
  EXPECT_EQ(me.queue.Next({}), id);
  me.queue.Done(id);
  me.reconciler.Publish(other, {});  // not for the publishers
  EXPECT_EQ(me.queue.Next({}), other);
  EXPECT_EQ(world.Row(other).state, JobState::kClaimed);
}

// A job whose publishing has just begun, and a database that has gone since.
struct BegunBeforeAnOutage {
  BegunBeforeAnOutage() {
    me.Claim();
    me.Settle(id);
    world.FinishPod(world.Row(id));
    me.reconciler.Reconcile(id, {});
    world.store.FailWith({base::Code::kUnavailable, "server gone away"});
  }
  int Completes() { return world.objects.Count(Verb::kComplete); }

  World world;
  OneController me{world};
  jobs::JobId id = world.Submit();
};

TEST(Reconciler, PublishesWhatHasJustBegunWithoutReadingItAgain) {
  BegunBeforeAnOutage outage;
  outage.me.Publish(outage.id);
  EXPECT_EQ(outage.Completes(), 1);
  outage.me.Publish(outage.id);
  EXPECT_EQ(outage.Completes(), 1);
}

TEST(Reconciler, ReadsAgainWhatBeganBeforeItsHoldGrewOld) {
  BegunBeforeAnOutage outage;
  outage.world.clock.Advance(6s);
  outage.me.Publish(outage.id);
  EXPECT_EQ(outage.Completes(), 0);
  outage.world.store.FailWith(base::Status::Ok());
  outage.me.Publish(outage.id);
  EXPECT_EQ(outage.world.Row(outage.id).state, JobState::kSucceeded);
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

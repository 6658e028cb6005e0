#include "controller/maintenance/maintenance.h"

#include <gtest/gtest.h>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using jobs::Reason;

TEST(Maintenance, SweepsAFailedJobsUploadsAndFreesItsOutput) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.Stage(world.Row(id));
  world.FailPod(world.Row(id), Reason::kCorruptInput);
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kFailed);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
  jobs::JobId next = world.Submit();
  me.Claim();
  me.Settle(next);
  EXPECT_EQ(world.Row(next).reason, Reason::kStarted)
      << jobs::ReasonName(world.Row(next).reason);
}

TEST(Maintenance, DoesNotSweepWhileTheRunnerMayStillUpload) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  jobs::Job job = world.Row(id);
  std::string name = jobs::PodNameFor(job.attempt_id());
  world.pods.SetRunning(name);
  kube::Pod ending = *world.pods.Find(name);
  ending.deletion_time = world.clock.Now() + 30s;
  world.store.SetCancelWanted(id);
  me.Settle(id);
  world.pods.Put(ending);  // it takes its time
  world.Stage(job);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 1u);
  world.pods.Lose(name);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
}

TEST(Maintenance, LeavesForeignUploadsOnOtherKeysAlone) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  objects::ObjectPath near{"videos", kOutput.key + ".bak"};
  ASSERT_TRUE(world.objects.Stage(near, {}, {}).ok());
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FailPod(world.Row(id), Reason::kCorruptInput);
  me.Settle(id);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 1u);
}

TEST(Maintenance, WaitsAQuarterHourBeforeItAbortsWhatWasBeingPublished) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  world.objects.Put(kOutput, "precious");  // somebody else was faster
  me.Settle(id);
  EXPECT_EQ(world.Row(id).reason, Reason::kOutputExists);
  world.clock.Advance(14min);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 1u);
  world.clock.Advance(2min);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
}

TEST(Maintenance, DeletesThePodOfAnAttemptThatIsNotLive) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  kube::Pod ghost = *world.pods.Find("vexaa-job-1-1");
  world.FailPod(world.Row(id), Reason::kCorruptInput);
  me.Settle(id);
  world.pods.Put(ghost);  // created late, by a controller that slept
  EXPECT_TRUE(maintenance.CleanPods({}).ok());
  EXPECT_FALSE(world.pods.Find("vexaa-job-1-1"));
}

TEST(Maintenance, QueuesEveryLiveRowWhenItCrossChecks) {
  World world;
  OneController claimed(world, "dead");
  jobs::JobId id = world.Submit();
  claimed.Claim();
  OneController me(world);
  EXPECT_TRUE(me.MakeMaintenance().CrossCheck({}).ok());
  EXPECT_EQ(me.queue.Next({}), id);
}

}  // namespace
}  // namespace vexaa::controller

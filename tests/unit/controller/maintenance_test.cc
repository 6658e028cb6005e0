#include "controller/maintenance/maintenance.h"

#include <gtest/gtest.h>

#include <thread>

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

// Nobody saw the first pod's end, and the second one has its name.
TEST(Maintenance, SweepsWhatAPodLeftThatVanishedBetweenTwoControllers) {
  World world;
  jobs::JobId id = world.Submit();
  {
    OneController dies(world, "dies");
    dies.Claim();
    dies.Settle(id);
    world.Stage(world.Row(id), "half");
    world.pods.Lose(PodOf(id));
  }
  OneController me(world);
  me.Settle(id);
  ASSERT_TRUE(world.pods.Find(PodOf(id)));
  world.FinishPod(world.Row(id));
  me.Settle(id);
  ASSERT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_TRUE(me.MakeMaintenance().CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
  EXPECT_EQ(world.objects.Get(kOutput), "audio");
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
  world.clock.Advance(6s);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
}

TEST(Maintenance, SweepsWhileLeftOverUploadsCannotBeAborted) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FailPod(world.Row(id), Reason::kCorruptInput);
  me.Settle(id);
  for (const char* upload : {"a", "b", "c", "d", "e", "f"})
    ASSERT_TRUE(world.store.NoteLeftUploads({id, 1}, {upload}).ok());
  world.clock.Advance(16min);
  world.objects.Fail(objects::Verb::kAbort,
                     base::Status(base::Code::kUnavailable, "503"), 100);
  ASSERT_EQ(world.store.DueSweeps({"default"}, 10)->size(), 1u);
  EXPECT_FALSE(maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.Count(objects::Verb::kAbort), 5);
  EXPECT_TRUE(world.store.DueSweeps({"default"}, 10)->empty());
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

// A job that is done, and the pod of its first attempt, over for the second
// time: it was created again, late, and staged once more.
struct Ghost {
  Ghost() {
    me.Claim();
    me.Settle(id);
    jobs::Job job = world.Row(id);
    kube::Pod pod = *world.pods.Find(jobs::PodNameFor(job.attempt_id()));
    world.FinishPod(job);
    me.Settle(id);
    world.pods.Lose(pod.name);
    pod.uid = "ghost";
    world.pods.Put(pod);
    world.FinishPod(job);
  }

  World world;
  jobs::JobId id = world.Submit();
  OneController me{world};
  Maintenance maintenance = me.MakeMaintenance();
};

TEST(Maintenance, AbortsWhatAGhostPodStagedAQuarterHourAfterItMetIt) {
  Ghost ghost;
  World& world = ghost.world;
  EXPECT_EQ(world.Row(ghost.id).state, JobState::kSucceeded);
  EXPECT_EQ(world.objects.open_upload_count(), 1u);
  EXPECT_TRUE(ghost.maintenance.CleanPods({}).ok());
  EXPECT_TRUE(ghost.maintenance.CleanPods({}).ok());
  EXPECT_EQ(world.store.ProtectedUploads(ghost.id)->size(), 1u);
  world.clock.Advance(14min);
  EXPECT_TRUE(ghost.maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 1u);
  world.clock.Advance(2min);
  EXPECT_TRUE(ghost.maintenance.CleanUploads({}).ok());
  EXPECT_EQ(world.objects.open_upload_count(), 0u);
  EXPECT_TRUE(world.objects.Head(kOutput, {}).ok());
}

TEST(Maintenance, NotesAGhostsUploadsAgainWhenTheDatabaseWasAway) {
  Ghost ghost;
  ghost.world.store.FailWith(
      base::Status(base::Code::kUnavailable, "server has gone away"));
  EXPECT_FALSE(ghost.maintenance.CleanPods({}).ok());
  ghost.world.store.FailWith(base::Status::Ok());
  EXPECT_TRUE(ghost.maintenance.CleanPods({}).ok());
  EXPECT_EQ(ghost.world.store.ProtectedUploads(ghost.id)->size(), 1u);
}

TEST(Maintenance, NeverNotesThePublishedUpload) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  world.FinishPod(world.Row(id));
  EXPECT_TRUE(maintenance.CleanPods({}).ok());
  me.Settle(id);
  EXPECT_EQ(world.Row(id).state, JobState::kSucceeded);
  EXPECT_TRUE(maintenance.CleanPods({}).ok());
  EXPECT_TRUE(world.store.ProtectedUploads(id)->empty());
}

TEST(Maintenance, PurgesEachStateAfterItsOwnTime) {
  World world;
  OneController me(world);
  Maintenance maintenance =
      me.MakeMaintenance({.succeeded = 24h, .failed = 48h});
  jobs::JobId good = world.Submit();
  me.Claim();
  me.Settle(good);
  world.FinishPod(world.Row(good));
  me.Settle(good);
  jobs::JobId bad = world.Submit();
  me.Claim();
  me.Settle(bad);
  world.FailPod(world.Row(bad), Reason::kCorruptInput);
  me.Settle(bad);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  world.clock.Advance(23h);
  EXPECT_TRUE(maintenance.PurgeRows({}).ok());
  EXPECT_EQ(world.Row(good).state, JobState::kSucceeded);
  world.clock.Advance(2h);
  EXPECT_TRUE(maintenance.PurgeRows({}).ok());
  EXPECT_FALSE(world.store.Read(good).ok());
  EXPECT_EQ(world.Row(bad).state, JobState::kFailed);
  world.clock.Advance(24h);
  EXPECT_TRUE(maintenance.PurgeRows({}).ok());
  EXPECT_FALSE(world.store.Read(bad).ok());
}

TEST(Maintenance, KeepsRowsForEverWhenToldNothing) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  world.store.SetCancelWanted(id);
  EXPECT_TRUE(maintenance.MoveRows({}).ok());
  world.clock.Advance(24h * 1000);
  EXPECT_TRUE(maintenance.PurgeRows({}).ok());
  EXPECT_EQ(world.Row(id).state, JobState::kCancelled);
}

TEST(Maintenance, PutsASweepThatWaitsForItsPodBehindTheOthers) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  jobs::JobId id = world.Submit();
  me.Claim();
  me.Settle(id);
  std::string name = jobs::PodNameFor(world.Row(id).attempt_id());
  world.pods.SetRunning(name);
  kube::Pod ending = *world.pods.Find(name);
  ending.deletion_time = world.clock.Now() + 30s;
  world.store.SetCancelWanted(id);
  me.Settle(id);
  world.pods.Put(ending);
  EXPECT_EQ(world.store.DueSweeps({"default"}, 10)->size(), 1u);
  EXPECT_TRUE(maintenance.CleanUploads({}).ok());
  EXPECT_TRUE(world.store.DueSweeps({"default"}, 10)->empty());
  world.clock.Advance(6s);
  EXPECT_EQ(world.store.DueSweeps({"default"}, 10)->size(), 1u);
}

TEST(Maintenance, DrainsAQueueAndEndsJobsOfNoQueue) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  world.store.SetQueueState("default", store::QueueState::kDraining);
  jobs::Job stray;
  stray.source_uri = kSource;
  stray.queue_name = "no-such";
  jobs::JobId id = world.store.Submit(stray);
  world.clock.Advance(6min);
  EXPECT_TRUE(maintenance.LookAfterQueues({}).ok());
  EXPECT_EQ(world.Row(id).reason, Reason::kInvalidJob);
  EXPECT_EQ(world.store.ReadQueues({"default"})->at(0).state,
            store::QueueState::kPaused);
}

TEST(Maintenance, CountsADeepBacklogLessOften) {
  EXPECT_EQ(PauseAfterCount(2ms), 5s);
  EXPECT_EQ(PauseAfterCount(100ms), 5s);
  EXPECT_EQ(PauseAfterCount(2s), 98s);
}

TEST(Maintenance, CountsAtOnceAndAgainAfterItsPause) {
  World world;
  OneController me(world);
  Maintenance maintenance = me.MakeMaintenance();
  world.Submit();
  std::jthread thread(
      [&](std::stop_token stop) { maintenance.RunCounts(stop); });
  world.clock.WaitForSleeper(5s);
  EXPECT_NE(me.registry.Text().find("vexaa_jobs{state=\"queued\"} 1"),
            std::string::npos);
  world.Submit();
  world.clock.Advance(5s);
  world.clock.WaitForSleeper(5s);
  EXPECT_NE(me.registry.Text().find("vexaa_jobs{state=\"queued\"} 2"),
            std::string::npos);
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

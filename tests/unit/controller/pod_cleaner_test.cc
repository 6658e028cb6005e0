#include "controller/maintenance/pod_cleaner.h"

#include <gtest/gtest.h>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;

constexpr char kPod[] = "vexaa-job-1-1";

// A job that succeeded under a controller that was killed before it saved the
// end of the log, and the controller that came after it.
struct Crash {
  Crash() {
    OneController dead{world, "dead"};
    id = world.Submit();
    dead.Claim();
    dead.reconciler.Reconcile(id, {});
    world.FinishPod(world.Row(id));
    dead.reconciler.Reconcile(id, {});
    dead.Publish(id);
  }
  std::optional<std::string> Log() const {
    return world.store.Attempt({id, 1})->log_tail;
  }

  World world;
  jobs::JobId id;
  OneController me{world};
  Maintenance maintenance = me.MakeMaintenance();
};

TEST(PodCleaner, SavesTheLogThatACrashLost) {
  Crash crash;
  ASSERT_EQ(crash.world.Row(crash.id).state, JobState::kSucceeded);
  EXPECT_FALSE(crash.Log());
  crash.world.clock.Advance(30s);
  EXPECT_TRUE(crash.maintenance.CleanPods({}).ok());
  EXPECT_EQ(crash.Log(), std::string("the log of ") + kPod);
  EXPECT_TRUE(crash.world.pods.Find(kPod));
}

TEST(PodCleaner, LeavesTheReconcilerTheTimeToSaveALog) {
  Crash crash;
  crash.world.clock.Advance(29s);
  EXPECT_TRUE(crash.maintenance.CleanPods({}).ok());
  EXPECT_EQ(crash.world.pods.log_count(), 0);
  EXPECT_EQ(crash.world.store.log_looks(), 0);
}

TEST(PodCleaner, LooksForTheLogOfAPodOnce) {
  Crash crash;
  for (int i = 0; i < 5; ++i) {
    crash.world.clock.Advance(30s);
    EXPECT_TRUE(crash.maintenance.CleanPods({}).ok());
  }
  EXPECT_EQ(crash.world.store.log_looks(), 1);
  EXPECT_EQ(crash.world.pods.log_count(), 1);
}

TEST(PodCleaner, AsksForNoLogThatIsThere) {
  Crash crash;
  EXPECT_TRUE(crash.me.logs.Keep({crash.id, 1}));
  crash.world.clock.Advance(1min);
  EXPECT_TRUE(crash.maintenance.CleanPods({}).ok());
  EXPECT_EQ(crash.world.store.log_looks(), 1);
  EXPECT_EQ(crash.world.pods.log_count(), 1);
}

TEST(PodCleaner, SavesTheLogBeforeItDeletesThePod) {
  Crash crash;
  crash.world.clock.Advance(11min);
  EXPECT_TRUE(crash.maintenance.CleanPods({}).ok());
  EXPECT_FALSE(crash.world.pods.Find(kPod));
  EXPECT_EQ(crash.Log(), std::string("the log of ") + kPod);
}

TEST(PodCleaner, AsksOnceMoreBeforeThePodGoes) {
  Crash crash;
  crash.world.pods.FailLogs(base::Status(base::Code::kUnavailable, "no"));
  for (int i = 0; i < 3; ++i) {
    crash.world.clock.Advance(30s);
    EXPECT_TRUE(crash.maintenance.CleanPods({}).ok());
  }
  EXPECT_EQ(crash.world.pods.log_count(), 1);
  EXPECT_FALSE(crash.Log());
  crash.world.pods.FailLogs(base::Status::Ok());
  crash.world.clock.Advance(10min);
  EXPECT_TRUE(crash.maintenance.CleanPods({}).ok());
  EXPECT_TRUE(crash.Log());
}

TEST(PodCleaner, KeepsThePodWhileTheDatabaseDoesNotAnswer) {
  Crash crash;
  crash.world.clock.Advance(11min);
  crash.world.store.FailWith(base::Status(base::Code::kUnavailable, "away"));
  EXPECT_FALSE(crash.maintenance.CleanPods({}).ok());
  EXPECT_TRUE(crash.world.pods.Find(kPod));
}

TEST(PodCleaner, DeletesPodsWhoseLogsCannotBeHad) {
  World world;
  OneController me(world);
  for (int i = 0; i < 8; ++i) {
    jobs::Job job;
    job.source_uri = "s3://videos/" + std::to_string(i) + ".mp4";
    job.profile = "mp3-128k";
    job.queue_name = "default";
    job.max_attempts = 3;
    world.store.Submit(job);
  }
  me.Claim();
  me.SettleAll();
  std::vector<jobs::Job> live = *world.store.ReadLive({});
  ASSERT_EQ(live.size(), 8u);
  world.pods.FailLogs(base::Status(base::Code::kUnavailable, "no node"));
  for (const jobs::Job& job : live) {
    world.FailPod(job, jobs::Reason::kCorruptInput);
    me.Settle(job.id);
  }
  int asked = world.pods.log_count();
  world.clock.Advance(2h);
  Maintenance maintenance = me.MakeMaintenance();
  EXPECT_TRUE(maintenance.CleanPods({}).ok());
  EXPECT_TRUE(world.pods.All().empty());
  EXPECT_EQ(world.pods.log_count() - asked, 5);
}

}  // namespace
}  // namespace vexaa::controller

// Many rows on a cluster with little room: all of them end well, and nothing
// of the waiting is held against them.
#include <gtest/gtest.h>

#include "controller/claimer.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;

// The fakes look at every row for every question: the ten thousand are for
// tests/e2e/back_pressure_test.py.
constexpr int kRows = 2'000;
constexpr int kRoom = 5;

class Cluster {
 public:
  Cluster() {
    world.store.PutQueue(
        {.name = "default", .max_running = 40, .max_pending = 20});
    world.pods.SetQuota(kRoom);
    for (int i = 0; i < kRows; ++i) {
      jobs::Job job;
      job.source_uri = "s3://videos/" + std::to_string(i) + ".mp4";
      job.max_attempts = 1;
      world.store.Submit(job);
    }
  }

  // The controller until nothing is left to do without time passing.
  void Work() {
    EXPECT_TRUE(claimer.ClaimOnce().ok());
    me.SettleAll();
  }

  // Every pod there is does its job; the finished ones are cleaned away.
  int RunPods() {
    int ran = 0;
    for (const kube::Pod& pod : world.pods.All()) {
      if (pod.phase != kube::PodPhase::kPending) {
        world.pods.Lose(pod.name);
        continue;
      }
      Finish(world.Row(jobs::ParsePodName(pod.name)->job));
      ++ran;
    }
    return ran;
  }

  World world;
  OneController me{world};
  Claimer claimer{me.PartsOfClaimer()};

 private:
  void Finish(const jobs::Job& job) {
    objects::ObjectPath path{"videos",
                             job.output_uri.substr(sizeof("s3://videos/") - 1)};
    world.pods.SetOver(
        jobs::PodNameFor(job.attempt_id()), kube::PodPhase::kSucceeded,
        {.exit_code = 0,
         .message = jobs::FormatRunOutcome(world.StageAt(path, job))});
  }
};

TEST(BackPressure, ThousandsOfRowsEndWellOnAClusterWithRoomForFive) {
  Cluster cluster;
  int finished = 0;
  int refused_rounds = 0;
  for (int round = 0; round < 2 * kRows && finished < kRows; ++round) {
    cluster.Work();
    if (cluster.me.gate.closed()) ++refused_rounds;
    int ran = cluster.RunPods();
    ASSERT_LE(ran, kRoom);
    finished += ran;
    cluster.world.clock.Advance(1s);
  }
  cluster.Work();
  EXPECT_EQ(finished, kRows);
  EXPECT_GT(refused_rounds, 0);
  for (int id = 1; id <= kRows; ++id) {
    jobs::Job job = cluster.world.Row(jobs::JobId(id));
    ASSERT_EQ(job.state, JobState::kSucceeded) << id << " " << job.message;
    ASSERT_EQ(job.attempt, 1) << id;
    ASSERT_EQ(job.failures, 0) << id;
  }
  EXPECT_EQ(cluster.me.attempts.size(), 0u);
}

}  // namespace
}  // namespace vexaa::controller

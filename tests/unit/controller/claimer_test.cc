#include "controller/claimer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/claim_room.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using ::testing::HasSubstr;

class ClaimerTest : public testing::Test {
 protected:
  Claimer Make(int max_running = 0,
               std::vector<std::string> queues = {"default"}) {
    ClaimerParts parts = me_.PartsOfClaimer();
    parts.queues = std::move(queues);
    parts.max_running = max_running;
    return Claimer(std::move(parts));
  }
  void Submit(int count, const std::string& queue = "default") {
    for (int i = 0; i < count; ++i) {
      jobs::Job job;
      job.source_uri = "s3://videos/" + queue + std::to_string(i) + ".mp4";
      job.queue_name = queue;
      world_.store.Submit(job);
    }
  }
  int Live(const std::string& queue = "default") {
    return world_.store.ReadQueues({queue})->at(0).live;
  }

  World world_;
  OneController me_{world_};
};

TEST_F(ClaimerTest, ClaimsUpToTheLimitOfTheQueue) {
  Submit(30);
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 10);
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 10);
}

TEST_F(ClaimerTest, PlansWhatItClaimedAtOnceAndHandsTheRowsOn) {
  Submit(3);
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  for (uint64_t id = 1; id <= 3; ++id) {
    jobs::Job row = world_.Row(jobs::JobId(id));
    EXPECT_FALSE(row.plan.empty());
    auto read = me_.read.Take(row.id);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->job.plan, row.plan);
    EXPECT_EQ(read->job.attempt_id(), row.attempt_id());
  }
}

TEST_F(ClaimerTest, OneThatCannotBePlannedWithTheOthersHoldsUpNone) {
  jobs::JobId first = world_.Submit(), same_output = world_.Submit();
  jobs::Job elsewhere;
  elsewhere.source_uri = "s3://foreign/talk.mp4";
  elsewhere.queue_name = "default";
  jobs::JobId refused = world_.store.Submit(elsewhere);
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_TRUE(world_.Row(first).plan.empty());
  for (jobs::JobId id : {first, same_output, refused}) me_.Step(id);
  EXPECT_TRUE(world_.pods.Find("vexaa-job-1-1"));
  EXPECT_EQ(world_.Row(same_output).reason, jobs::Reason::kOutputBusy);
  EXPECT_EQ(world_.Row(refused).state, JobState::kFailed);
}

TEST_F(ClaimerTest, KeepsToTheLimitOverAllQueuesAndServesThemInTurn) {
  world_.store.PutQueue({.name = "night", .max_running = 10});
  Submit(30);
  Submit(30, "night");
  Claimer claimer = Make(12, {"default", "night"});
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live() + Live("night"), 12);
  EXPECT_EQ(std::max(Live(), Live("night")), 10);
}

TEST_F(ClaimerTest, ClaimsNoFurtherAheadThanItsThreadsCanFollow) {
  world_.store.PutQueue({.name = "default", .max_running = 0});
  Submit(200);
  Claimer claimer = Make();
  EXPECT_EQ(*claimer.ClaimOnce(), true);
  EXPECT_EQ(Live(), 16);
  EXPECT_EQ(*claimer.ClaimOnce(), true);
  EXPECT_EQ(Live(), 16 + kClaimBatch);
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 16 + kClaimBatch);
  for (int i = 0; i < 16 + kClaimBatch; ++i) me_.queue.Next({});
  EXPECT_EQ(*claimer.ClaimOnce(), true);
  EXPECT_EQ(Live(), 32 + kClaimBatch);
}

TEST_F(ClaimerTest, LeavesSoManyPodsWaitingForANode) {
  world_.store.PutQueue(
      {.name = "default", .max_running = 100, .max_pending = 3});
  Submit(30);
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 3);
  me_.SettleAll();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 3);
  world_.pods.SetRunning("vexaa-job-1-1");
  world_.pods.SetRunning("vexaa-job-2-1");
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 5);
}

TEST_F(ClaimerTest, ClaimsNothingWhileTheClusterTakesNoPods) {
  Submit(1);
  me_.gate.Refused(base::Status(base::Code::kResourceExhausted, "full"));
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 0);
}

// The pod of the last claimed job was made although the answer said otherwise:
// that job is over, and nobody is left who would find out that the cluster
// takes pods.
TEST_F(ClaimerTest, ClaimsOneJobToTryWhenNobodyIsLeftWhoWaitsForTheCluster) {
  Submit(3);
  me_.gate.Refused(base::Status(base::Code::kUnavailable, "reset"));
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 0);
  world_.clock.Advance(5s);
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 1);
  me_.SettleAll();
  EXPECT_FALSE(me_.gate.closed());
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 3);
}

TEST_F(ClaimerTest, ClaimsNothingWhenItLeadsNoMore) {
  Submit(1);
  me_.leadership.SetLeading(false);
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Live(), 0);
}

TEST_F(ClaimerTest, SaysOnceThatAQueueStopsAndOnceThatItGoesOn) {
  for (int i = 0; i < 5; ++i)
    me_.health.Failed("default", jobs::Reason::kImagePullFailed, "no image");
  Claimer claimer = Make();
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_THAT(me_.registry.Text(),
              HasSubstr("vexaa_queue_stopped{queue=\"default\"} 1"));
  me_.health.Started("default");
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  std::string log = me_.lines.str();
  EXPECT_EQ(log.find("Queue stopped"), log.rfind("Queue stopped"));
  EXPECT_THAT(log, HasSubstr("Queue stopped"));
  EXPECT_THAT(log, HasSubstr("Queue goes on"));
  EXPECT_THAT(me_.registry.Text(),
              HasSubstr("vexaa_queue_stopped{queue=\"default\"} 0"));
}

}  // namespace
}  // namespace vexaa::controller

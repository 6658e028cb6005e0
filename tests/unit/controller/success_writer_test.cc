#include "controller/success_writer.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;

class SuccessWriterTest : public testing::Test {
 protected:
  // A job whose object is published, and whose success waits to be written.
  jobs::JobId Published() {
    std::string key = "audio/" + std::to_string(++made_) + ".mp3";
    jobs::JobId id = world_.Submit("", "s3://videos/" + key);
    me_.Claim();
    me_.reconciler.Reconcile(id, {});
    jobs::Job row = world_.Row(id);
    world_.pods.SetOver(
        jobs::PodNameFor(row.attempt_id()), kube::PodPhase::kSucceeded,
        {.exit_code = 0,
         .message =
             jobs::FormatRunOutcome(world_.StageAt({"videos", key}, row))});
    me_.reconciler.Reconcile(id, {});
    EXPECT_EQ(me_.publishing.Next({}), id);
    me_.reconciler.Publish(id, {});
    me_.publishing.Done(id);
    EXPECT_EQ(world_.Row(id).state, JobState::kPublishing);
    return id;
  }

  World world_;
  OneController me_{world_};
  int made_ = 0;
};

TEST_F(SuccessWriterTest, WritesAllThatWaitAtOnce) {
  std::vector<jobs::JobId> ids = {Published(), Published(), Published()};
  EXPECT_TRUE(me_.successes.WriteNext());
  EXPECT_FALSE(me_.successes.WriteNext());
  for (jobs::JobId id : ids)
    EXPECT_EQ(world_.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world_.store.success_writes(), 1);
  EXPECT_EQ(me_.publishing.size(), 0u);
}

TEST_F(SuccessWriterTest, HasWhatCouldNotBeWrittenPublishedOnceMore) {
  jobs::JobId id = Published();
  world_.store.FailWith({base::Code::kUnavailable, "server gone away"});
  EXPECT_TRUE(me_.successes.WriteNext());
  EXPECT_NE(me_.lines.str().find("server gone away"), std::string::npos);
  EXPECT_EQ(me_.lines.str().find("Job succeeded"), std::string::npos);
  world_.store.FailWith(base::Status::Ok());
  EXPECT_EQ(me_.publishing.ready(), 0u);
  world_.clock.Advance(2s);
  EXPECT_EQ(me_.publishing.Next({}), id);
  me_.Publish(id);
  EXPECT_EQ(world_.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(world_.objects.Count(objects::Verb::kComplete), 1);
}

TEST_F(SuccessWriterTest, SaysNothingOfAJobThatMovedOn) {
  jobs::JobId id = Published();
  OneController other(world_, "other");
  world_.clock.Advance(2min);  // past the takeover of publishing
  other.Publish(id);
  EXPECT_EQ(world_.Row(id).state, JobState::kSucceeded);
  EXPECT_TRUE(me_.successes.WriteNext());
  EXPECT_EQ(me_.lines.str().find("Job succeeded"), std::string::npos);
  world_.clock.Advance(2s);
  EXPECT_EQ(me_.publishing.Next({}), id);  // is looked at, and forgotten
  me_.reconciler.Publish(id, {});
  EXPECT_FALSE(me_.successes.WriteNext());
}

TEST_F(SuccessWriterTest, SaysOnceThatAJobSucceededThatWasPublishedTwice) {
  jobs::JobId id = Published();
  me_.reconciler.Publish(id, {});  // its pod changed
  EXPECT_TRUE(me_.successes.WriteNext());
  EXPECT_FALSE(me_.successes.WriteNext());
  std::string lines = me_.lines.str();
  EXPECT_EQ(lines.find("Job succeeded"), lines.rfind("Job succeeded"));
  EXPECT_EQ(me_.publishing.size(), 0u);
}

TEST_F(SuccessWriterTest, HoldsUpWhoAddsWhileItIsFull) {
  SuccessWriter::Published gone;
  for (uint64_t i = 0; i < 256; ++i) {
    gone.success.attempt = {jobs::JobId(1000 + i), 1};
    ASSERT_TRUE(me_.successes.Add(gone, {}));
  }
  gone.success.attempt = {jobs::JobId(999), 1};
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_FALSE(me_.successes.Add(gone, stopped.get_token()));
  auto held = std::async(std::launch::async,
                         [&] { return me_.successes.Add(gone, {}); });
  EXPECT_TRUE(me_.successes.WriteNext());
  EXPECT_TRUE(held.get());
}

TEST_F(SuccessWriterTest, WaitsForCompanyOnlyWhileJobsWaitToBePublished) {
  const auto run = [&](std::stop_token stop) { me_.successes.Run(stop); };
  jobs::JobId alone = Published();
  {
    std::jthread writer(run);
    ASSERT_TRUE(me_.room.Wait(30s, {}));  // though no time has passed
  }
  EXPECT_EQ(world_.Row(alone).state, JobState::kSucceeded);
  jobs::JobId first = Published();
  jobs::JobId waits = world_.Submit();
  me_.publishing.Add(waits);
  std::jthread writer(run);
  world_.clock.WaitForSleeper(20ms);
  EXPECT_EQ(world_.Row(first).state, JobState::kPublishing);
  world_.clock.Advance(20ms);
  ASSERT_TRUE(me_.room.Wait(30s, {}));
  EXPECT_EQ(world_.Row(first).state, JobState::kSucceeded);
}

}  // namespace
}  // namespace vexaa::controller

// Pods that ended while no controller was there: the next one, which never saw
// them live, takes what they left.
#include <gtest/gtest.h>

#include <optional>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using jobs::Reason;

class Absence : public testing::Test {
 protected:
  // Their pods run, and then their controller is no more.
  void SetUp() override {
    OneController dead(world_, "dead");
    good_ = world_.Submit();
    bad_ = world_.Submit("", "s3://videos/bad.mp3");
    ASSERT_EQ(dead.Claim(), 2);
    dead.SettleAll();
    for (jobs::JobId id : {good_, bad_}) world_.pods.SetRunning(PodOf(id));
    dead.SettleAll();
    ASSERT_EQ(world_.Row(bad_).state, JobState::kRunning);
  }
  // As its cross-check at the start has it.
  void Return() {
    world_.clock.Advance(3h);
    OneController next(world_, "next");
    next.SettleAll();
  }
  std::string LogOf(jobs::JobId id) {
    return world_.store.Attempt({id, 1})->log_tail.value_or("none");
  }

  World world_;
  jobs::JobId good_, bad_;
};

TEST_F(Absence, LosesNeitherASuccessNorAFailure) {
  world_.FinishPod(world_.Row(good_));
  world_.FailPod(world_.Row(bad_), Reason::kNoAudioStream);
  Return();
  EXPECT_EQ(world_.Row(good_).state, JobState::kSucceeded);
  EXPECT_EQ(world_.objects.Get(kOutput), "audio");
  EXPECT_EQ(world_.Row(bad_).state, JobState::kFailed);
  EXPECT_EQ(world_.Row(bad_).reason, Reason::kNoAudioStream);
  EXPECT_EQ(world_.Row(bad_).message, "it failed");
  for (jobs::JobId id : {good_, bad_}) {
    EXPECT_EQ(world_.Row(id).attempt, 1);
    EXPECT_EQ(LogOf(id), "the log of " + PodOf(id));
  }
  EXPECT_EQ(world_.objects.open_upload_count(), 0u);
}

// Six characters of three bytes a line; whatever the last 8 KiB begin with.
TEST_F(Absence, KeepsTheLastEightKibibytesOfALogInWholeCharacters) {
  for (size_t extra = 0; extra < 4; ++extra) {
    std::string log;
    while (log.size() < 10'000) log += "\u2026\u2026\u2026\u2026\u2026\u2026\n";
    log += std::string(extra, 'x');
    world_.pods.SetLog(PodOf(bad_), log);
    OneController keeper(world_, "keeper");
    ASSERT_TRUE(keeper.logs.Keep({bad_, 1}));
    const std::string kept = LogOf(bad_);
    EXPECT_TRUE(log.ends_with(kept)) << extra << " " << kept.substr(0, 8);
    EXPECT_LE(kept.size(), 8u << 10);
    EXPECT_GT(kept.size() + 3, 8u << 10);
  }
}

}  // namespace
}  // namespace vexaa::controller

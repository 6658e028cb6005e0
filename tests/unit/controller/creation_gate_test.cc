#include "controller/creation_gate.h"

#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Status;

const base::Duration kNow = base::Duration::zero();

class CreationGateTest : public testing::Test {
 protected:
  Status Full() { return {Code::kResourceExhausted, "exceeded quota"}; }

  base::ManualClock clock_;
  CreationGate gate_{clock_};
};

TEST_F(CreationGateTest, LetsEverybodyInWhileItIsOpen) {
  EXPECT_EQ(gate_.Enter(), kNow);
  EXPECT_EQ(gate_.Enter(), kNow);
  EXPECT_FALSE(gate_.closed());
}

TEST_F(CreationGateTest, LetsOneTryWhenItsTimeHasCome) {
  gate_.Refused(Full());
  EXPECT_TRUE(gate_.closed());
  EXPECT_GT(gate_.Enter(), kNow);
  EXPECT_EQ(gate_.why().message(), "exceeded quota");
  clock_.Advance(2s);
  EXPECT_TRUE(gate_.MayEnter());
  EXPECT_EQ(gate_.Enter(), kNow);
  EXPECT_FALSE(gate_.MayEnter());
  EXPECT_GT(gate_.Enter(), kNow);
  gate_.Passed();
  EXPECT_EQ(gate_.Enter(), kNow);
}

TEST_F(CreationGateTest, WaitsLongerAfterEachTryUpToHalfAMinute) {
  gate_.Refused(Full());
  base::Duration last = kNow;
  for (int i = 0; i < 10; ++i) {
    base::Duration wait = gate_.Enter();
    EXPECT_LE(wait, 36s);
    EXPECT_TRUE(wait > last || i == 0 || i >= 5) << i;
    last = wait;
    clock_.Advance(wait);
    ASSERT_EQ(gate_.Enter(), kNow);
    gate_.Refused(Full());
  }
}

TEST_F(CreationGateTest, CountsThoseWhoEnteredTogetherOnce) {
  for (int i = 0; i < 8; ++i) gate_.Refused(Full());
  EXPECT_LE(gate_.Enter(), 1200ms);
}

TEST_F(CreationGateTest, ObeysRetryAfter) {
  gate_.Refused(Status(Code::kUnavailable, "slow down", "RetryAfter=40"));
  EXPECT_EQ(gate_.Enter(), 40s);
  gate_.RoomMade();  // is no answer to that
  EXPECT_EQ(gate_.Enter(), 40s);
}

TEST_F(CreationGateTest, TriesAtOnceWhenAPodEndedUnderAQuota) {
  gate_.Refused(Full());
  EXPECT_GT(gate_.Enter(), kNow);
  gate_.RoomMade();
  EXPECT_EQ(gate_.Enter(), kNow);
}

TEST_F(CreationGateTest, AsksForACallerWhenItsTimeCameAndNobodyDid) {
  EXPECT_FALSE(gate_.TakeProbe());  // open: no need
  gate_.Refused(Full());
  EXPECT_FALSE(gate_.TakeProbe());  // too early
  clock_.Advance(1200ms);
  EXPECT_FALSE(gate_.TakeProbe());  // those who wait come within a moment
  clock_.Advance(3s);
  EXPECT_TRUE(gate_.TakeProbe());
  EXPECT_FALSE(gate_.TakeProbe());  // one at a time
  EXPECT_EQ(gate_.Enter(), kNow);   // and that one may enter at once
  EXPECT_FALSE(gate_.TakeProbe());
}

TEST_F(CreationGateTest, AsksAgainWhenTheOneWhoWasAskedNeverCame) {
  gate_.Refused(Full());
  clock_.Advance(5s);
  EXPECT_TRUE(gate_.TakeProbe());
  clock_.Advance(2s);
  EXPECT_FALSE(gate_.TakeProbe());
  clock_.Advance(1s);
  EXPECT_TRUE(gate_.TakeProbe());
}

}  // namespace
}  // namespace vexaa::controller

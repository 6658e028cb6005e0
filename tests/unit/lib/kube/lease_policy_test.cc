#include "lib/kube/lease_policy.h"

#include <gtest/gtest.h>

namespace vexaa::kube {
namespace {

using base::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kSeen = seconds(1000);

LeaseView HeldBy(const std::string& holder) {
  Lease lease;
  lease.name = "l";
  lease.holder = holder;
  lease.duration = seconds(15);
  lease.resource_version = "7";
  lease.transitions = 3;
  return {lease, kSeen};
}

TEST(DecideLease, MakesOneThatIsMissing) {
  EXPECT_EQ(DecideLease({}, "me", kSeen), LeaseMove::kCreate);
}

TEST(DecideLease, RenewsItsOwn) {
  EXPECT_EQ(DecideLease(HeldBy("me"), "me", kSeen + seconds(99)),
            LeaseMove::kRenew);
}

TEST(DecideLease, TakesOneThatWasGivenUpAtOnce) {
  EXPECT_EQ(DecideLease(HeldBy(""), "me", kSeen), LeaseMove::kTake);
}

TEST(DecideLease, WaitsUntilAnothersHasNotChangedForItsWholeDuration) {
  const LeaseView view = HeldBy("other");
  EXPECT_EQ(DecideLease(view, "me", kSeen + seconds(15)), LeaseMove::kWait);
  EXPECT_EQ(DecideLease(view, "me", kSeen + milliseconds(15001)),
            LeaseMove::kTake);
}

TEST(LeaseToWrite, CountsATakeOverAndKeepsTheVersion) {
  const base::Time now{seconds(5000)};
  const Lease lease =
      LeaseToWrite(HeldBy("other"), "l", "me", LeaseTiming{}, now);
  EXPECT_EQ(lease.holder, "me");
  EXPECT_EQ(lease.transitions, 4);
  EXPECT_EQ(lease.acquire_time, now);
  EXPECT_EQ(lease.renew_time, now);
  EXPECT_EQ(lease.resource_version, "7");
}

TEST(LeaseToWrite, OnlyMovesTheRenewTimeOfItsOwn) {
  const Lease lease = LeaseToWrite(HeldBy("me"), "l", "me", LeaseTiming{},
                                   base::Time(seconds(5000)));
  EXPECT_EQ(lease.transitions, 3);
  EXPECT_FALSE(lease.acquire_time.has_value());
}

TEST(GivenUp, HasNoHolderAndNoTimeLeft) {
  const Lease lease = GivenUp(*HeldBy("me").lease, base::Time(seconds(1)));
  EXPECT_EQ(lease.holder, "");
  EXPECT_EQ(lease.duration, seconds(1));
}

TEST(StandbyPause, EndsWithTheLeaseButNeverSpins) {
  const LeaseTiming timing;
  const LeaseView view = HeldBy("other");
  EXPECT_EQ(StandbyPause({}, timing, kSeen), seconds(1));
  EXPECT_EQ(StandbyPause(view, timing, kSeen), seconds(1));
  EXPECT_EQ(StandbyPause(view, timing, kSeen + milliseconds(14500)),
            milliseconds(510));
  EXPECT_EQ(StandbyPause(view, timing, kSeen + seconds(60)), milliseconds(10));
}

}  // namespace
}  // namespace vexaa::kube

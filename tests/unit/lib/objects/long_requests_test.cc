#include "lib/objects/long_requests.h"

#include <gtest/gtest.h>

namespace vexaa::objects {
namespace {

using std::chrono::milliseconds;

constexpr double kFast = 1e9;
constexpr uint64_t kMiB = 1 << 20;

// The clock counts from any time on.
constexpr milliseconds kBegin(1'000'000'000);

// A reader that takes 10 ms for each range, and waits for a part of them.
LongRequests After(int ranges, milliseconds waited) {
  LongRequests requests{LongLimits{}};
  for (int i = 1; i <= ranges; ++i) {
    requests.TookUp(waited, kBegin + milliseconds(10 * i));
  }
  return requests;
}

TEST(LongRequests, AreWorthwhileForAReaderThatWaits) {
  EXPECT_TRUE(After(8, milliseconds(5)).Worthwhile(kFast));
  EXPECT_FALSE(After(8, milliseconds(4)).Worthwhile(kFast));
}

TEST(LongRequests, AreNotTriedBeforeTheReaderIsKnown) {
  EXPECT_FALSE(After(7, milliseconds(10)).Worthwhile(kFast));
}

TEST(LongRequests, AreNotTriedWhereConnectionsCarryLittle) {
  EXPECT_FALSE(After(8, milliseconds(10)).Worthwhile(399e6));
  EXPECT_TRUE(After(8, milliseconds(10)).Worthwhile(400e6));
}

TEST(LongRequests, FollowAReaderThatChanges) {
  LongRequests requests = After(8, milliseconds(10));
  for (int i = 9; i <= 16; ++i) {
    requests.TookUp(milliseconds(1), kBegin + milliseconds(10 * i));
  }
  EXPECT_FALSE(requests.Worthwhile(kFast));
  for (int i = 17; i <= 24; ++i) {
    requests.TookUp(milliseconds(9), kBegin + milliseconds(10 * i));
  }
  EXPECT_TRUE(requests.Worthwhile(kFast));
}

TEST(LongRequests, AreNotJudgedByTheirBeginning) {
  LongRequests requests = After(8, milliseconds(10));
  EXPECT_TRUE(requests.GoesOn(64 * kMiB - 1, milliseconds(999), kFast));
  EXPECT_TRUE(requests.Worthwhile(kFast));
}

TEST(LongRequests, AreJudgedAfterASecondWhenTheyCrawl) {
  LongRequests requests = After(8, milliseconds(10));
  EXPECT_FALSE(requests.GoesOn(kMiB, milliseconds(1000), kFast));
  EXPECT_FALSE(requests.Worthwhile(kFast));
}

TEST(LongRequests, LookAtTheirReaderAnewWhenOneBegins) {
  LongRequests requests = After(8 + 7, milliseconds(10));
  requests.Began();
  for (int i = 16; i < 16 + 7; ++i) {
    requests.TookUp(milliseconds(0), kBegin + milliseconds(10 * i));
  }
  EXPECT_TRUE(requests.Worthwhile(kFast));
  requests.TookUp(milliseconds(0), kBegin + milliseconds(230));
  EXPECT_FALSE(requests.Worthwhile(kFast));
}

TEST(LongRequests, GoOnWhileHardlySlowerThanShortOnes) {
  LongRequests requests = After(8, milliseconds(10));
  EXPECT_TRUE(requests.GoesOn(100'000'000, milliseconds(111), kFast));
  EXPECT_TRUE(requests.Worthwhile(kFast));
}

TEST(LongRequests, AreGivenUpForGoodOnceSlower) {
  LongRequests requests = After(8, milliseconds(10));
  EXPECT_FALSE(requests.GoesOn(100'000'000, milliseconds(112), kFast));
  EXPECT_FALSE(requests.Worthwhile(kFast));
}

TEST(LongRequests, AreGivenUpForGoodAfterTwoThatEndedEarly) {
  LongRequests requests = After(8, milliseconds(10));
  requests.EndedEarly(64 * kMiB - 1);
  requests.EndedEarly(64 * kMiB);
  EXPECT_TRUE(requests.Worthwhile(kFast));
  requests.EndedEarly(1);
  EXPECT_FALSE(requests.Worthwhile(kFast));
}

}  // namespace
}  // namespace vexaa::objects

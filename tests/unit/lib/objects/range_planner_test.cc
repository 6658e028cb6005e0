#include "lib/objects/range_planner.h"

#include <gtest/gtest.h>

namespace vexaa::objects {
namespace {

constexpr PlanLimits kLimits{
    .first_range = 10, .max_range = 80, .join_gap = 20, .ahead = 160};
constexpr uint64_t kSize = 10'000;
constexpr ByteRange kAll{0, kSize};

TEST(RangePlanner, StartsSmallAndGrowsWhileReadingOn) {
  RangePlanner planner(kSize, kLimits);
  EXPECT_EQ(planner.Miss(0, kAll), (ByteRange{0, 10}));
  EXPECT_EQ(planner.Miss(10, kAll), (ByteRange{10, 20}));
  EXPECT_EQ(planner.Miss(30, kAll), (ByteRange{30, 40}));
  EXPECT_EQ(planner.Miss(70, kAll), (ByteRange{70, 80}));
  EXPECT_EQ(planner.Miss(150, kAll), (ByteRange{150, 80}));
}

TEST(RangePlanner, ReadsThroughAShortSkip) {
  RangePlanner planner(kSize, kLimits);
  planner.Miss(0, kAll);
  EXPECT_EQ(planner.Miss(30, kAll), (ByteRange{10, 30}));
}

TEST(RangePlanner, StartsAgainAfterAFarJump) {
  RangePlanner planner(kSize, kLimits);
  planner.Miss(0, kAll);
  planner.Miss(10, kAll);
  EXPECT_EQ(planner.Miss(500, kAll), (ByteRange{500, 10}));
  EXPECT_EQ(planner.Miss(100, kAll), (ByteRange{100, 10}));
}

TEST(RangePlanner, StopsWhereFetchedBytesBeginAgain) {
  RangePlanner planner(kSize, kLimits);
  EXPECT_EQ(planner.Miss(100, {0, 105}), (ByteRange{100, 5}));
}

TEST(RangePlanner, FetchesNothingTwiceBeforeTheOffset) {
  RangePlanner planner(kSize, kLimits);
  planner.Miss(0, kAll);
  EXPECT_EQ(planner.Miss(28, {20, 100}), (ByteRange{20, 20}));
}

TEST(RangePlanner, NeverReachesPastTheEnd) {
  RangePlanner planner(25, kLimits);
  planner.Miss(0, {0, 25});
  EXPECT_EQ(planner.Miss(10, {0, 25}), (ByteRange{10, 15}));
  EXPECT_FALSE(planner.WantsAhead(20));
}

TEST(RangePlanner, FetchesOneAheadOnceHalfIsRead) {
  RangePlanner planner(kSize, kLimits);
  planner.Miss(0, kAll);
  EXPECT_FALSE(planner.WantsAhead(4));
  ASSERT_TRUE(planner.WantsAhead(5));
  EXPECT_EQ(planner.TakeAhead(kSize), (ByteRange{10, 20}));
  EXPECT_FALSE(planner.WantsAhead(5));
}

TEST(RangePlanner, FetchesFarAheadOfASteadyReader) {
  RangePlanner planner(kSize, kLimits);
  for (uint64_t at : {0, 10, 30, 70}) planner.Miss(at, kAll);
  int taken = 0;
  while (planner.WantsAhead(70)) {
    planner.TakeAhead(kSize);
    ++taken;
  }
  EXPECT_EQ(taken, 2);
}

// What a demuxer does to an interleaved file: read a little, skip a little.
TEST(RangePlanner, CostsAnInterleavedFileFewRequests) {
  constexpr uint64_t kGigabyte = 1 << 30;
  RangePlanner planner(kGigabyte, {});
  uint64_t fetched_to = 0;
  int requests = 0;
  for (uint64_t at = 0; at < kGigabyte; at += 750'000) {
    while (at >= fetched_to) {
      fetched_to = planner.Miss(at, {fetched_to, kGigabyte - fetched_to}).end();
      ++requests;
    }
    while (planner.WantsAhead(at)) {
      fetched_to = planner.TakeAhead(kGigabyte).end();
      ++requests;
    }
  }
  EXPECT_LE(requests, static_cast<int>(kGigabyte / (8 << 20)) + 16);
}

}  // namespace
}  // namespace vexaa::objects

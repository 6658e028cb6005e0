#include "lib/objects/range_planner.h"

#include <gtest/gtest.h>

#include <vector>

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
  EXPECT_FALSE(planner.Ahead(20));
}

// Takes what is ahead as a reader does that has room; nothing: nothing is.
ByteRange TakeAhead(RangePlanner& planner, uint64_t position) {
  auto range = planner.Ahead(position);
  if (range) planner.Took(*range);
  return range.value_or(ByteRange{});
}

TEST(RangePlanner, FetchesOneAheadOnceHalfIsRead) {
  RangePlanner planner(kSize, kLimits);
  planner.Miss(0, kAll);
  EXPECT_FALSE(planner.Ahead(4));
  EXPECT_EQ(TakeAhead(planner, 5), (ByteRange{10, 20}));
  EXPECT_FALSE(planner.Ahead(5));
}

TEST(RangePlanner, FetchesFarAheadOfASteadyReader) {
  RangePlanner planner(kSize, kLimits);
  for (uint64_t at : {0, 10, 30, 70}) planner.Miss(at, kAll);
  int taken = 0;
  while (TakeAhead(planner, 70).size > 0) ++taken;
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
    for (auto range = TakeAhead(planner, at); range.size > 0;
         range = TakeAhead(planner, at)) {
      fetched_to = range.end();
      ++requests;
    }
  }
  EXPECT_LE(requests, static_cast<int>(kGigabyte / (8 << 20)) + 16);
}

// A plan of known ranges, and of what is learned by reading past `unknown`.
class FakePlan final : public base::ReadPlan {
 public:
  explicit FakePlan(std::vector<ByteRange> ranges,
                    std::optional<uint64_t> unknown = std::nullopt)
      : ranges_(std::move(ranges)), unknown_(unknown) {}

  std::optional<ByteRange> NeededFrom(uint64_t offset) const override {
    for (const ByteRange& range : ranges_) {
      if (range.end() > offset) return range;
    }
    return std::nullopt;
  }
  std::optional<uint64_t> Unknown() const override { return unknown_; }
  void Learn(std::span<const std::byte>) override {}

 private:
  const std::vector<ByteRange> ranges_;
  const std::optional<uint64_t> unknown_;
};

constexpr PlanLimits kExact{.first_range = 64,
                            .max_range = 1024,
                            .join_gap = 256,
                            .ahead = 2048,
                            .small_gap = 16};

RangePlanner Following(std::vector<ByteRange> ranges,
                       std::optional<uint64_t> unknown = std::nullopt) {
  RangePlanner planner(kSize, kExact);
  planner.Follow(std::make_unique<FakePlan>(std::move(ranges), unknown));
  return planner;
}

TEST(RangePlannerWithPlan, FetchesWhatIsNeededAndLeavesOutLongGaps) {
  RangePlanner planner = Following({{100, 20}, {1000, 30}, {2000, 40}});
  EXPECT_EQ(planner.Miss(100, kAll), (ByteRange{100, 20}));
  EXPECT_EQ(TakeAhead(planner, 100), (ByteRange{1000, 30}));
  EXPECT_EQ(TakeAhead(planner, 100), (ByteRange{2000, 40}));
  EXPECT_FALSE(planner.Ahead(100));
}

TEST(RangePlannerWithPlan, JoinsShortGaps) {
  RangePlanner planner = Following({{100, 20}, {300, 30}, {2000, 40}});
  EXPECT_EQ(planner.Miss(100, kAll), (ByteRange{100, 128}));
  EXPECT_EQ(TakeAhead(planner, 100), (ByteRange{300, 30}));
}

TEST(RangePlannerWithPlan, JoinsLongerGapsOnALinkThatWantsIt) {
  RangePlanner planner = Following({{0, 20}, {1000, 30}});
  planner.SetJoinGap(1000);
  EXPECT_EQ(planner.Miss(0, kAll), (ByteRange{0, 128}));
  EXPECT_EQ(TakeAhead(planner, 0), (ByteRange{1000, 30}));
}

TEST(RangePlannerWithPlan, GrowsItsRangesOverAllThatIsNeeded) {
  RangePlanner planner = Following({{0, 9000}});
  EXPECT_EQ(planner.Miss(0, kAll), (ByteRange{0, 128}));
  EXPECT_EQ(TakeAhead(planner, 0), (ByteRange{128, 256}));
  EXPECT_EQ(TakeAhead(planner, 0), (ByteRange{384, 512}));
  EXPECT_EQ(TakeAhead(planner, 0), (ByteRange{896, 1024}));
}

TEST(RangePlannerWithPlan, FetchesNothingBehindWhatIsNeeded) {
  RangePlanner planner = Following({{0, 100}});
  EXPECT_EQ(planner.Miss(0, kAll), (ByteRange{0, 100}));
  EXPECT_FALSE(planner.Ahead(50));
}

TEST(RangePlannerWithPlan, WaitsForWhatThePlanDoesNotKnowYet) {
  RangePlanner planner = Following({{0, 50}, {1500, 50}}, 1600);
  EXPECT_EQ(planner.Miss(0, kAll), (ByteRange{0, 50}));
  EXPECT_EQ(TakeAhead(planner, 0), (ByteRange{1500, 50}));
  EXPECT_FALSE(planner.Ahead(0));
}

TEST(RangePlannerWithPlan, ReadsOnIntoTheUnknownWhereGapsAreJoined) {
  RangePlanner planner = Following({{0, 10}, {100, 10}}, 110);
  EXPECT_EQ(planner.Miss(0, kAll), (ByteRange{0, 128}));
  EXPECT_EQ(TakeAhead(planner, 0), (ByteRange{128, 256}));
}

TEST(RangePlannerWithPlan, ReadsOnIntoTheUnknownWhereAllWasNeeded) {
  RangePlanner planner = Following({{0, 300}}, 310);
  for (uint64_t at : {0, 128}) planner.Miss(at, kAll);
  EXPECT_EQ(TakeAhead(planner, 128), (ByteRange{384, 512}));
}

TEST(RangePlannerWithPlan, GivesAStrayReadLittleAndGoesOn) {
  RangePlanner planner = Following({{100, 20}, {1000, 30}, {2000, 40}});
  planner.Miss(100, kAll);
  EXPECT_EQ(planner.Miss(500, kAll), (ByteRange{500, 16}));
  EXPECT_EQ(TakeAhead(planner, 100), (ByteRange{1000, 30}));
}

TEST(RangePlannerWithPlan, DropsAPlanThatIsWrongAgainAndAgain) {
  RangePlanner planner = Following({{0, 10}});
  for (uint64_t at = 1000; at < 5000; at += 100) planner.Miss(at, kAll);
  EXPECT_EQ(planner.plan(), nullptr);
  EXPECT_EQ(planner.Miss(9000, kAll), (ByteRange{9000, 64}));
}

TEST(RangePlannerWithPlan, WantsOnlyWhatIsNeededOfARange) {
  RangePlanner planner = Following({{100, 20}, {3000, 30}, {6000, 40}});
  using Ranges = std::vector<ByteRange>;
  EXPECT_EQ(planner.Wanted({0, 1000}), (Ranges{{100, 20}}));
  EXPECT_EQ(planner.Wanted({110, 5000}), (Ranges{{110, 10}, {3000, 30}}));
  EXPECT_EQ(planner.Wanted({110, 2900}), (Ranges{{110, 10}, {3000, 10}}));
}

TEST(RangePlannerWithPlan, WantsShortGapsToo) {
  RangePlanner planner = Following({{100, 20}, {1000, 30}});
  EXPECT_EQ(planner.Wanted({0, 2000}), (std::vector<ByteRange>{{100, 930}}));
}

TEST(RangePlannerWithPlan, WantsAllThatThePlanDoesNotKnowYet) {
  RangePlanner planner = Following({{100, 20}}, 5000);
  EXPECT_EQ(planner.Wanted({0, 9000}),
            (std::vector<ByteRange>{{100, 20}, {5000, 4000}}));
  EXPECT_EQ(planner.Wanted({6000, 100}), (std::vector<ByteRange>{{6000, 100}}));
}

TEST(RangePlannerWithPlan, WantsAllOfARangeThatThePlanDoesNotNeed) {
  RangePlanner planner = Following({{100, 20}});
  EXPECT_EQ(planner.Wanted({500, 64}), (std::vector<ByteRange>{{500, 64}}));
}

TEST(RangePlannerWithPlan, CostsAnInterleavedFileFewRequests) {
  constexpr uint64_t kGigabyte = 1 << 30;
  std::vector<ByteRange> ranges;
  for (uint64_t at = 40; at < kGigabyte; at += 750'000) {
    ranges.push_back({at, 20'000});
  }
  RangePlanner planner(kGigabyte, {});
  planner.Miss(0, {0, kGigabyte});
  planner.Follow(std::make_unique<FakePlan>(std::move(ranges)));
  int requests = 0;
  for (uint64_t at = 40; at < kGigabyte; at += 750'000) {
    while (TakeAhead(planner, at).size > 0) ++requests;
  }
  EXPECT_LE(requests, static_cast<int>(kGigabyte / (8 << 20)) + 12);
}

}  // namespace
}  // namespace vexaa::objects

#include "runner/clip_cut.h"

#include <gtest/gtest.h>

namespace vexaa::runner {
namespace {

constexpr double kMillisecond = 1e-3;

TEST(ClipCut, WantsEverythingWithoutAClip) {
  ClipCut cut({});
  EXPECT_TRUE(cut.whole());
  EXPECT_EQ(cut.Cut(0, 1024, 48'000), (SampleRange{0, 1024}));
  EXPECT_FALSE(cut.EndsBefore(1'000'000'000, 48'000));
}

TEST(ClipCut, CutsTheFramesAtItsEdges) {
  ClipCut cut({1'000'000, 10'000});  // samples 48,000 to 48,480
  EXPECT_EQ(cut.Cut(46'000, 1024, 48'000), (SampleRange{0, 0}));
  EXPECT_EQ(cut.Cut(47'500, 1024, 48'000), (SampleRange{500, 480}));
  EXPECT_EQ(cut.Cut(48'200, 1024, 48'000), (SampleRange{0, 280}));
  EXPECT_EQ(cut.Cut(48'480, 1024, 48'000), (SampleRange{0, 0}));
  EXPECT_FALSE(cut.EndsBefore(48'479, 48'000));
  EXPECT_TRUE(cut.EndsBefore(48'480, 48'000));
}

FrameTime Frame(int64_t timestamp, int samples = 1024) {
  return {timestamp, samples, 48'000};
}

TEST(TrackClock, CountsWhatFollowsEachOther) {
  TrackClock clock(kMillisecond, true);
  EXPECT_EQ(clock.Place(Frame(7)), 0);
  EXPECT_EQ(clock.Place(Frame(28)), 1024);
  EXPECT_EQ(clock.Place(Frame(50)), 2048);
}

TEST(TrackClock, FindsTheFrameWhoseTimeIsRounded) {
  TrackClock clock(kMillisecond, true);
  clock.Place(Frame(0));
  clock.Place(Frame(21));
  ASSERT_TRUE(clock.CanJump());
  clock.Jump();
  // Frame 1000 begins at 21,333.33 ms.
  EXPECT_EQ(clock.Place(Frame(21'333)), 1'024'000);
  EXPECT_EQ(clock.Place(Frame(21'355)), 1'025'024);
}

TEST(TrackClock, RefusesATimeBetweenFramesThatIsTooCoarse) {
  TrackClock clock(kMillisecond, true);
  clock.Place(Frame(0));
  clock.Place(Frame(21));
  clock.Jump();
  EXPECT_FALSE(clock.Place(Frame(21'343)));
  EXPECT_EQ(clock.Place(Frame(21'355)), 1'025'024);
}

TEST(TrackClock, CannotJumpByCoarseTimesOfUnequalFrames) {
  TrackClock unequal(kMillisecond, false);
  unequal.Place(Frame(0));
  unequal.Place(Frame(21));
  EXPECT_FALSE(unequal.CanJump());
  TrackClock fine(1.0 / 90'000, false);
  fine.Place(Frame(0, 1000));
  EXPECT_TRUE(fine.CanJump());
}

TEST(TrackClock, FollowsTimesOverAGapButNotBack) {
  TrackClock clock(kMillisecond, true);
  clock.Place(Frame(0));
  EXPECT_EQ(clock.Place(Frame(10'021)), 1024 + 480'000 - 16);
  TrackClock back(kMillisecond, true);
  back.Place(Frame(50'000));
  EXPECT_EQ(back.Place(Frame(0)), 1024);
  EXPECT_EQ(back.Place(Frame(int64_t{1} << 60)), 2048);
}

}  // namespace
}  // namespace vexaa::runner

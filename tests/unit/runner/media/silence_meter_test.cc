#include "runner/media/silence_meter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/unit/runner/media/frames.h"

namespace vexaa::media {
namespace {

constexpr int kRate = 8000;

SilenceReport Measure(const std::vector<FramePtr>& frames,
                      jobs::SilenceRule rule = {}) {
  SilenceMeter meter(rule);
  for (const FramePtr& frame : frames) meter.Push(*frame);
  return meter.Finish();
}

std::vector<FramePtr> Sound(std::vector<std::vector<float>> pieces,
                            AVSampleFormat format = AV_SAMPLE_FMT_FLTP,
                            int channels = 1) {
  std::vector<FramePtr> frames;
  for (const auto& piece : pieces)
    frames.push_back(MakeSound(piece, format, kRate, channels));
  return frames;
}

const std::vector<float> kLoudSecond(kRate, 0.5f);
const std::vector<float> kQuietSecond(kRate, 0.001f);

TEST(SilenceMeter, FindsAPauseToTheSample) {
  auto report = Measure(Sound({kLoudSecond, kQuietSecond, kLoudSecond}));
  ASSERT_EQ(report.ranges.size(), 1u);
  EXPECT_DOUBLE_EQ(report.ranges[0].start, 1);
  EXPECT_DOUBLE_EQ(report.ranges[0].end, 2);
  EXPECT_DOUBLE_EQ(report.seconds, 3);
  EXPECT_DOUBLE_EQ(report.silent_seconds, 1);
  EXPECT_TRUE(report.complete);
}

TEST(SilenceMeter, EndsTheLastPauseWithTheSound) {
  auto report = Measure(Sound({kLoudSecond, kQuietSecond, kQuietSecond}));
  ASSERT_EQ(report.ranges.size(), 1u);
  EXPECT_DOUBLE_EQ(report.ranges[0].end, 3);
}

TEST(SilenceMeter, LeavesOutWhatIsShorterThanTheRule) {
  auto frames = Sound({kLoudSecond, kQuietSecond, kLoudSecond});
  EXPECT_EQ(Measure(frames, {.min_seconds = 1}).ranges.size(), 1u);
  EXPECT_TRUE(Measure(frames, {.min_seconds = 1.001}).ranges.empty());
}

TEST(SilenceMeter, NeedsEveryChannelToBeSilent) {
  // Packed samples: the second channel is loud.
  std::vector<float> one_loud(kRate * 2, 0.0f);
  for (size_t i = 1; i < one_loud.size(); i += 2) one_loud[i] = 0.5f;
  auto frames = Sound({one_loud}, AV_SAMPLE_FMT_FLT, 2);
  EXPECT_TRUE(Measure(frames).ranges.empty());
}

TEST(SilenceMeter, KnowsEverySampleFormat) {
  for (AVSampleFormat format :
       {AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S32,
        AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_DBL, AV_SAMPLE_FMT_S64,
        AV_SAMPLE_FMT_U8P, AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S32P,
        AV_SAMPLE_FMT_DBLP, AV_SAMPLE_FMT_S64P}) {
    auto report =
        Measure(Sound({kLoudSecond, kQuietSecond, kLoudSecond}, format));
    ASSERT_EQ(report.ranges.size(), 1u) << av_get_sample_fmt_name(format);
    EXPECT_DOUBLE_EQ(report.ranges[0].start, 1);
    EXPECT_DOUBLE_EQ(report.ranges[0].end, 2);
  }
}

TEST(SilenceMeter, ListsNoMoreRangesThanItsBound) {
  SilenceMeter meter({.threshold_db = -50, .min_seconds = 0});
  std::vector<float> blinking(8000);
  for (size_t i = 0; i < blinking.size(); i += 2) blinking[i] = 1;
  FramePtr frame = MakeSound(blinking, AV_SAMPLE_FMT_FLTP, kRate, 1);
  for (int i = 0; i < 30; ++i) meter.Push(*frame);
  auto report = meter.Finish();
  EXPECT_EQ(report.ranges.size(), kMaxSilentRanges);
  EXPECT_FALSE(report.complete);
  EXPECT_NEAR(report.silent_seconds, 15, 1e-6);
}

}  // namespace
}  // namespace vexaa::media

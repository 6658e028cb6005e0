// Signals of EBU Tech 3341 and 3342, whose loudness is known.
#include "runner/media/loudness_meter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/unit/runner/media/frames.h"

namespace vexaa::media {
namespace {

constexpr int kRate = 48'000;
// What EBU Tech 3341 allows.
constexpr double kTolerance = 0.1;

// A second of a sine at that level below full scale, in whole periods.
std::vector<float> Tone(double decibels, int channels = 1, double hertz = 1000,
                        double phase = 0) {
  std::vector<float> samples;
  for (int i = 0; i < kRate; ++i)
    for (int channel = 0; channel < channels; ++channel)
      samples.push_back(
          static_cast<float>(std::pow(10, decibels / 20) *
                             std::sin(2 * M_PI * hertz * i / kRate + phase)));
  return samples;
}

struct Part {
  double decibels;
  int seconds;
};

base::Result<jobs::Loudness> Measure(const std::vector<Part>& parts,
                                     AVSampleFormat format, int channels) {
  AVChannelLayout layout{};
  av_channel_layout_default(&layout, channels);
  ASSIGN_OR_RETURN(auto meter, LoudnessMeter::Open({format, kRate, layout}));
  const bool packed = av_sample_fmt_is_planar(format) == 0;
  for (const Part& part : parts) {
    auto samples = Tone(part.decibels, packed ? channels : 1);
    FramePtr frame = MakeSound(samples, format, kRate, channels);
    for (int i = 0; i < part.seconds; ++i) RETURN_IF_ERROR(meter->Push(*frame));
  }
  return meter->Measure();
}

class EveryFormat : public testing::TestWithParam<AVSampleFormat> {};

TEST_P(EveryFormat, MeasuresAStereoSineAtItsOwnLevel) {
  for (double level : {-23.0, -33.0}) {
    auto loudness = Measure({{level, 20}}, GetParam(), 2);
    ASSERT_TRUE(loudness.ok()) << loudness.status();
    EXPECT_NEAR(loudness->integrated_lufs, level, kTolerance);
    EXPECT_NEAR(loudness->true_peak_dbtp, level, kTolerance);
    EXPECT_NEAR(loudness->range_lu, 0, kTolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, EveryFormat,
    testing::Values(AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S32, AV_SAMPLE_FMT_FLT,
                    AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S32P, AV_SAMPLE_FMT_FLTP),
    [](const auto& info) { return av_get_sample_fmt_name(info.param); });

TEST(LoudnessMeter, LeavesOutWhatTheRelativeGateSays) {
  auto loudness =
      Measure({{-36, 10}, {-23, 60}, {-36, 10}}, AV_SAMPLE_FMT_FLTP, 2);
  ASSERT_TRUE(loudness.ok()) << loudness.status();
  EXPECT_NEAR(loudness->integrated_lufs, -23, kTolerance);
}

TEST(LoudnessMeter, MeasuresTheRangeOfTwoLevels) {
  // EBU Tech 3342, case 1, allows 1 LU.
  auto loudness = Measure({{-20, 20}, {-30, 20}}, AV_SAMPLE_FMT_FLTP, 2);
  ASSERT_TRUE(loudness.ok()) << loudness.status();
  EXPECT_NEAR(loudness->range_lu, 10, 1);
}

TEST(LoudnessMeter, HearsMonoThreeLuSofterThanTheSameOnTwoSpeakers) {
  auto loudness = Measure({{-23, 20}}, AV_SAMPLE_FMT_FLTP, 1);
  ASSERT_TRUE(loudness.ok()) << loudness.status();
  EXPECT_NEAR(loudness->integrated_lufs, -26, kTolerance);
}

TEST(LoudnessMeter, FindsThePeakBetweenTwoSamples) {
  // EBU Tech 3341, case 16: a quarter of the sample rate at 45 degrees.
  AVChannelLayout layout{};
  av_channel_layout_default(&layout, 1);
  auto meter = LoudnessMeter::Open({AV_SAMPLE_FMT_FLTP, kRate, layout});
  ASSERT_TRUE(meter.ok());
  FramePtr frame = MakeSound(Tone(-6, 1, kRate / 4.0, M_PI / 4),
                             AV_SAMPLE_FMT_FLTP, kRate, 1);
  ASSERT_TRUE((*meter)->Push(*frame).ok());
  // The highest sample is at -9.
  EXPECT_NEAR((*meter)->Measure()->true_peak_dbtp, -6, 0.4);
}

TEST(LoudnessMeter, CallsSilenceInfinitelySoft) {
  auto loudness = Measure({{-200, 2}}, AV_SAMPLE_FMT_S16, 2);
  ASSERT_TRUE(loudness.ok()) << loudness.status();
  EXPECT_TRUE(std::isinf(loudness->integrated_lufs));
  EXPECT_EQ(loudness->range_lu, 0);
}

}  // namespace
}  // namespace vexaa::media

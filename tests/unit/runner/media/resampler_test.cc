// What becomes of channels: the levels of ITU-R BS.775, one channel at a time.
#include "runner/media/resampler.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vexaa::media {
namespace {

constexpr int kSamples = 4096;

FramePtr FrameOf(const AVChannelLayout& layout, int loud_channel) {
  FramePtr frame(av_frame_alloc());
  frame->format = AV_SAMPLE_FMT_FLTP;
  frame->sample_rate = 48'000;
  frame->nb_samples = kSamples;
  av_channel_layout_copy(&frame->ch_layout, &layout);
  if (av_frame_get_buffer(frame.get(), 0) < 0) return nullptr;
  for (int channel = 0; channel < layout.nb_channels; ++channel)
    for (int i = 0; i < kSamples; ++i)
      reinterpret_cast<float*>(frame->extended_data[channel])[i] =
          channel == loud_channel ? 0.25F : 0.0F;
  return frame;
}

// The level of each output channel when one input channel has level 1.
std::vector<double> LevelsOf(const AVChannelLayout& input, int loud_channel,
                             int output_channels) {
  FrameFormat format{AV_SAMPLE_FMT_FLTP, 48'000, {}};
  av_channel_layout_default(&format.layout, output_channels);
  Resampler resampler(format);
  SampleFifo fifo(format);
  FramePtr frame = FrameOf(input, loud_channel);
  EXPECT_TRUE(resampler.Convert(*frame, 0, kSamples, fifo).ok());
  EXPECT_TRUE(resampler.Flush(fifo).ok());
  EXPECT_EQ(fifo.samples_in(), static_cast<uint64_t>(kSamples));
  auto out = fifo.Take(kSamples);
  std::vector<double> levels;
  for (int channel = 0; out.ok() && channel < output_channels; ++channel)
    levels.push_back(
        reinterpret_cast<float*>((*out)->extended_data[channel])[100] / 0.25);
  return levels;
}

void ExpectLevels(const AVChannelLayout& input, int loud_channel, double left,
                  double right) {
  auto levels = LevelsOf(input, loud_channel, 2);
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_NEAR(levels[0], left, 1e-3) << "channel " << loud_channel;
  EXPECT_NEAR(levels[1], right, 1e-3) << "channel " << loud_channel;
}

TEST(Resampler, MixesSixChannelsToTwoByTheStandardMatrix) {
  const AVChannelLayout layout = AV_CHANNEL_LAYOUT_5POINT1;
  ExpectLevels(layout, 0, 1, 0);
  ExpectLevels(layout, 1, 0, 1);
  ExpectLevels(layout, 2, 0.7071, 0.7071);  // centre
  ExpectLevels(layout, 3, 0, 0);            // low frequencies are left out
  ExpectLevels(layout, 4, 0.7071, 0);
  ExpectLevels(layout, 5, 0, 0.7071);
}

TEST(Resampler, MixesEightChannelsToTwoByTheStandardMatrix) {
  const AVChannelLayout layout = AV_CHANNEL_LAYOUT_7POINT1;
  ExpectLevels(layout, 0, 1, 0);
  ExpectLevels(layout, 2, 0.7071, 0.7071);
  for (int left : {4, 6}) ExpectLevels(layout, left, 0.7071, 0);
  for (int right : {5, 7}) ExpectLevels(layout, right, 0, 0.7071);
}

TEST(Resampler, MakesOneOfTwoAndTwoOfOne) {
  const AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
  const AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  EXPECT_NEAR(LevelsOf(stereo, 0, 1)[0], LevelsOf(stereo, 1, 1)[0], 1e-6);
  auto levels = LevelsOf(mono, 0, 2);
  EXPECT_NEAR(levels[0], levels[1], 1e-6);
  EXPECT_GT(levels[0], 0.7);
}

TEST(Resampler, SurvivesEveryLayout) {
  std::vector<AVChannelLayout> layouts = {
      AV_CHANNEL_LAYOUT_2POINT1, AV_CHANNEL_LAYOUT_4POINT0,
      AV_CHANNEL_LAYOUT_QUAD, AV_CHANNEL_LAYOUT_6POINT1,
      AV_CHANNEL_LAYOUT_HEXADECAGONAL};
  for (int channels = 1; channels <= 16; ++channels)
    layouts.push_back({AV_CHANNEL_ORDER_UNSPEC, channels, {0}, nullptr});
  for (const AVChannelLayout& layout : layouts)
    for (int output : {1, 2}) {
      auto levels = LevelsOf(layout, 0, output);
      ASSERT_EQ(levels.size(), static_cast<size_t>(output));
      EXPECT_GT(levels[0], 0) << layout.nb_channels << " to " << output;
    }
}

}  // namespace
}  // namespace vexaa::media

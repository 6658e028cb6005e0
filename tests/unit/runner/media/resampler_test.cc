// What becomes of channels: the levels of ITU-R BS.775, one channel at a time,
// scaled so that all together stay within full scale.
#include "runner/media/resampler.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vexaa::media {
namespace {

constexpr int kSamples = 4096;
constexpr float kLevel = 0.25F;

FramePtr FrameOf(const AVChannelLayout& layout, int loud_channel,
                 AVSampleFormat format = AV_SAMPLE_FMT_FLTP) {
  FramePtr frame(av_frame_alloc());
  frame->format = format;
  frame->sample_rate = 48'000;
  frame->nb_samples = kSamples;
  av_channel_layout_copy(&frame->ch_layout, &layout);
  if (av_frame_get_buffer(frame.get(), 0) < 0) return nullptr;
  for (int channel = 0; channel < layout.nb_channels; ++channel)
    for (int i = 0; i < kSamples; ++i) {
      float value = channel == loud_channel ? kLevel : 0.0F;
      uint8_t* plane = frame->extended_data[channel];
      if (format == AV_SAMPLE_FMT_FLTP)
        reinterpret_cast<float*>(plane)[i] = value;
      else
        reinterpret_cast<int16_t*>(plane)[i] =
            static_cast<int16_t>(value * 32768);
    }
  return frame;
}

double SampleOf(const AVFrame& frame, int channel, int at) {
  const uint8_t* plane = frame.extended_data[channel];
  if (frame.format == AV_SAMPLE_FMT_FLTP)
    return reinterpret_cast<const float*>(plane)[at];
  return reinterpret_cast<const int16_t*>(plane)[at] / 32768.0;
}

struct Formats {
  AVSampleFormat in = AV_SAMPLE_FMT_FLTP;
  AVSampleFormat out = AV_SAMPLE_FMT_FLTP;
};

// The level of each output channel when one input channel has level 1.
std::vector<double> LevelsOf(const AVChannelLayout& input, int loud_channel,
                             int output_channels, Formats formats = {}) {
  FrameFormat format{formats.out, 48'000, {}};
  av_channel_layout_default(&format.layout, output_channels);
  Resampler resampler(format);
  SampleFifo fifo(format);
  FramePtr frame = FrameOf(input, loud_channel, formats.in);
  EXPECT_TRUE(resampler.Convert(*frame, 0, kSamples, fifo).ok());
  EXPECT_TRUE(resampler.Flush(fifo).ok());
  EXPECT_EQ(fifo.samples_in(), static_cast<uint64_t>(kSamples));
  auto out = fifo.Take(kSamples);
  std::vector<double> levels;
  for (int channel = 0; out.ok() && channel < output_channels; ++channel)
    levels.push_back(SampleOf(**out, channel, 100) / kLevel);
  return levels;
}

void ExpectLevels(const AVChannelLayout& input, int loud_channel, double left,
                  double right) {
  auto levels = LevelsOf(input, loud_channel, 2);
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_NEAR(levels[0], left, 1e-3) << "channel " << loud_channel;
  EXPECT_NEAR(levels[1], right, 1e-3) << "channel " << loud_channel;
}

// 1 + 2 x 0.7071: what all channels that go to one side would be together.
constexpr double kOfSix = 1 / 2.4142, kOfEight = 1 / 3.1213;

TEST(Resampler, MixesSixChannelsToTwoByTheStandardMatrix) {
  const AVChannelLayout layout = AV_CHANNEL_LAYOUT_5POINT1;
  const double other = 0.7071 * kOfSix;
  ExpectLevels(layout, 0, kOfSix, 0);
  ExpectLevels(layout, 1, 0, kOfSix);
  ExpectLevels(layout, 2, other, other);  // centre
  ExpectLevels(layout, 3, 0, 0);          // low frequencies are left out
  ExpectLevels(layout, 4, other, 0);
  ExpectLevels(layout, 5, 0, other);
}

TEST(Resampler, MixesEightChannelsToTwoByTheStandardMatrix) {
  const AVChannelLayout layout = AV_CHANNEL_LAYOUT_7POINT1;
  const double other = 0.7071 * kOfEight;
  ExpectLevels(layout, 0, kOfEight, 0);
  ExpectLevels(layout, 2, other, other);
  for (int left : {4, 6}) ExpectLevels(layout, left, other, 0);
  for (int right : {5, 7}) ExpectLevels(layout, right, 0, other);
}

// ITU-R BS.775, 1/0: sides at half, the centre whole.
TEST(Resampler, MixesSixAndEightChannelsToOneByTheStandardMatrix) {
  const AVChannelLayout six = AV_CHANNEL_LAYOUT_5POINT1;
  const AVChannelLayout eight = AV_CHANNEL_LAYOUT_7POINT1;
  const std::vector<double> mix = {0.7071, 0.7071, 1, 0, 0.5, 0.5, 0.5, 0.5};
  for (int channel = 0; channel < 8; ++channel) {
    if (channel < 6) {
      EXPECT_NEAR(LevelsOf(six, channel, 1)[0], mix[channel] / 3.4142, 1e-3)
          << "channel " << channel << " of six";
    }
    EXPECT_NEAR(LevelsOf(eight, channel, 1)[0], mix[channel] / 4.4142, 1e-3)
        << "channel " << channel << " of eight";
  }
}

// MP3 and FLAC of one film must not differ in loudness.
TEST(Resampler, MixesToTheSameLevelInEveryFormat) {
  const AVChannelLayout film = AV_CHANNEL_LAYOUT_5POINT1;
  const AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
  constexpr double kTwoSteps = 2 / 32768.0 / kLevel;
  for (AVSampleFormat in : {AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_S16P})
    for (int channel = 0; channel < 6; ++channel)
      for (int outputs : {1, 2}) {
        auto whole = LevelsOf(film, channel, outputs, {in, AV_SAMPLE_FMT_S16P});
        auto real = LevelsOf(film, channel, outputs, {in, AV_SAMPLE_FMT_FLTP});
        for (size_t i = 0; i < real.size(); ++i)
          EXPECT_NEAR(whole[i], real[i], kTwoSteps)
              << "channel " << channel << " to " << outputs;
      }
  for (AVSampleFormat out : {AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_S16P})
    EXPECT_NEAR(LevelsOf(stereo, 0, 1, {AV_SAMPLE_FMT_FLTP, out})[0], 0.5,
                kTwoSteps);
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

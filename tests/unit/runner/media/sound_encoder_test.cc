#include "runner/media/sound_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

namespace vexaa::media {
namespace {

using jobs::Codec;
using runner::OutputFormat;

constexpr int kRate = 48'000;
constexpr int kStretchSamples = kStretchFrames * 960;

OutputFormat Opus(int bitrate, int channels) {
  return {.codec = Codec::kOpus,
          .bitrate = bitrate,
          .sample_rate = kRate,
          .channels = channels,
          .container = jobs::Container::kOgg};
}

// Gliding tones, a beat of short clicks, and noise: nothing repeats.
std::vector<float> Music(int samples, int channels) {
  std::vector<float> sound;
  sound.reserve(static_cast<size_t>(samples) * static_cast<size_t>(channels));
  uint32_t noise = 1;
  for (int i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / kRate;
    const double turn = 2 * std::numbers::pi * t;
    const double click = std::exp(-18 * std::fmod(t, 0.37));
    for (int channel = 0; channel < channels; ++channel) {
      noise = noise * 1664525 + 1013904223;
      const double hiss = static_cast<double>(noise >> 8) / 0x1p24 - 0.5;
      sound.push_back(static_cast<float>(
          0.2 * std::sin(turn * (220 + 110 * channel + 9 * std::sin(t))) +
          0.1 * std::sin(turn * 2000 + 300 * std::sin(0.7 * t)) +
          0.15 * click * std::sin(turn * 3000) + 0.1 * hiss));
    }
  }
  return sound;
}

// What is compared of a packet, besides its order.
struct Encoded {
  int64_t pts;
  int64_t duration;
  std::vector<uint8_t> bytes;
  bool ends = false;  // tells how much of it is padding
  bool operator==(const Encoded&) const = default;
};

Encoder::PacketHandler KeepIn(std::vector<Encoded>& packets) {
  return [&packets](AVPacket& packet) {
    bool ends = av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES,
                                        nullptr) != nullptr;
    packets.push_back({packet.pts,
                       packet.duration,
                       {packet.data, packet.data + packet.size},
                       ends});
    return base::Status::Ok();
  };
}

// The frame at `first` of interleaved or planar floats.
void Fill(AVFrame& frame, const std::vector<float>& sound, int first,
          int samples) {
  const int channels = frame.ch_layout.nb_channels;
  const bool planar =
      av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  frame.nb_samples = samples;
  frame.pts = first;
  const float* from = sound.data() + ptrdiff_t{first} * channels;
  for (int i = 0; i < samples * channels; ++i) {
    const int plane = planar ? i % channels : 0;
    const int at = planar ? i / channels : i;
    reinterpret_cast<float*>(frame.data[plane])[at] = from[i];
  }
}

std::vector<Encoded> EncodeByLanes(const OutputFormat& format,
                                   const std::vector<float>& sound) {
  std::vector<Encoded> packets;
  auto encoder = SoundEncoder::Open(
      format, LayoutFor(format.codec, format.channels), std::stop_token());
  EXPECT_TRUE(encoder.ok()) << encoder.status();
  if (format.codec == Codec::kOpus) {
    EXPECT_EQ((*encoder)->frame_samples(), format.sample_rate / 50);
  }
  const int samples = static_cast<int>(sound.size()) / format.channels;
  for (int first = 0; first < samples;) {
    auto frame = (*encoder)->TakeFrame();
    EXPECT_TRUE(frame.ok()) << frame.status();
    const int count = std::min((*encoder)->frame_samples(), samples - first);
    Fill(**frame, sound, first, count);
    first += count;
    auto status = (*encoder)->Encode(std::move(*frame), KeepIn(packets));
    EXPECT_TRUE(status.ok()) << status;
  }
  auto status = (*encoder)->Finish(KeepIn(packets));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ((*encoder)->samples(), static_cast<uint64_t>(samples));
  return packets;
}

std::vector<Encoded> EncodeByOne(const OutputFormat& format,
                                 const std::vector<float>& sound) {
  std::vector<Encoded> packets;
  auto encoder =
      Encoder::Open(format, LayoutFor(format.codec, format.channels));
  EXPECT_TRUE(encoder.ok()) << encoder.status();
  const int samples = static_cast<int>(sound.size()) / format.channels;
  auto frame =
      MakeFrame((*encoder)->frame_format(), (*encoder)->frame_samples());
  EXPECT_TRUE(frame.ok()) << frame.status();
  for (int first = 0; first < samples;) {
    const int count = std::min((*encoder)->frame_samples(), samples - first);
    EXPECT_GE(av_frame_make_writable(frame->get()), 0);
    Fill(**frame, sound, first, count);
    first += count;
    auto status = (*encoder)->Encode(frame->get(), KeepIn(packets));
    EXPECT_TRUE(status.ok()) << status;
  }
  auto status = (*encoder)->Encode(nullptr, KeepIn(packets));
  EXPECT_TRUE(status.ok()) << status;
  return packets;
}

// As players hear it: interleaved, without what the encoder put before.
std::vector<float> Decode(const OutputFormat& format,
                          const std::vector<Encoded>& packets) {
  CodecContextPtr decoder(
      avcodec_alloc_context3(avcodec_find_decoder_by_name("libopus")));
  decoder->sample_rate = kRate;
  decoder->request_sample_fmt = AV_SAMPLE_FMT_FLT;
  av_channel_layout_default(&decoder->ch_layout, format.channels);
  EXPECT_GE(avcodec_open2(decoder.get(), nullptr, nullptr), 0);
  std::vector<float> sound;
  PacketPtr packet(av_packet_alloc());
  FramePtr frame(av_frame_alloc());
  for (const Encoded& encoded : packets) {
    EXPECT_GE(
        av_new_packet(packet.get(), static_cast<int>(encoded.bytes.size())), 0);
    std::copy(encoded.bytes.begin(), encoded.bytes.end(), packet->data);
    EXPECT_GE(avcodec_send_packet(decoder.get(), packet.get()), 0);
    av_packet_unref(packet.get());
    while (avcodec_receive_frame(decoder.get(), frame.get()) >= 0) {
      EXPECT_EQ(frame->format, AV_SAMPLE_FMT_FLT);
      const auto* samples = reinterpret_cast<const float*>(frame->data[0]);
      sound.insert(sound.end(), samples,
                   samples + frame->nb_samples * format.channels);
    }
  }
  const int64_t before = -packets.front().pts * format.channels;
  sound.erase(sound.begin(), sound.begin() + before);
  return sound;
}

// The energy of what differs within `samples` from `first` on.
double Difference(const std::vector<float>& a, const std::vector<float>& b,
                  ptrdiff_t first, ptrdiff_t samples) {
  return std::transform_reduce(
      a.begin() + first, a.begin() + first + samples, b.begin() + first, 0.0,
      std::plus<>(), [](double x, double y) { return (x - y) * (x - y); });
}

TEST(SoundEncoder, CutsOpusThatNeedsNoMemoryOfSpeechAndNothingElse) {
  EXPECT_TRUE(EncodedInStretches(Opus(96'000, 2)));
  EXPECT_TRUE(EncodedInStretches(Opus(64'000, 1)));
  EXPECT_FALSE(EncodedInStretches(Opus(63'999, 1)));
  EXPECT_FALSE(EncodedInStretches(Opus(256'000, 6)));
  for (Codec codec : {Codec::kMp3, Codec::kAac, Codec::kFlac, Codec::kPcmS16}) {
    OutputFormat format = Opus(128'000, 2);
    format.codec = codec;
    EXPECT_FALSE(EncodedInStretches(format)) << jobs::CodecName(codec);
  }
}

TEST(SoundEncoder, MakesOfOneStretchWhatOneEncoderMakes) {
  for (int samples :
       {1, 959, 960, 5000, kStretchSamples - 1, kStretchSamples}) {
    const OutputFormat format = Opus(96'000, 1);
    const std::vector<float> sound = Music(samples, 1);
    EXPECT_TRUE(EncodeByLanes(format, sound) == EncodeByOne(format, sound))
        << samples;
  }
}

TEST(SoundEncoder, LeavesOtherCodecsToOneEncoder) {
  OutputFormat format = Opus(128'000, 2);
  format.codec = Codec::kMp3;
  format.container = jobs::Container::kMp3;
  const std::vector<float> sound = Music(kStretchSamples + 5000, 2);
  EXPECT_TRUE(EncodeByLanes(format, sound) == EncodeByOne(format, sound));
}

struct Sound {
  const char* name;
  int bitrate;
  int channels;
};

class JoinedStretches : public testing::TestWithParam<Sound> {
 protected:
  const OutputFormat format_ = Opus(GetParam().bitrate, GetParam().channels);
  // Five joins, and an end within a frame.
  const std::vector<float> sound_ =
      Music(5 * kStretchSamples + 100'003, GetParam().channels);
};

TEST_P(JoinedStretches, LastAsLongAsWhatOneEncoderMakes) {
  const auto joined = EncodeByLanes(format_, sound_);
  const auto one = EncodeByOne(format_, sound_);
  ASSERT_EQ(joined.size(), one.size());
  for (size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(joined[i].pts, one[i].pts) << i;
    ASSERT_EQ(joined[i].duration, one[i].duration) << i;
    ASSERT_EQ(joined[i].ends, one[i].ends) << i;
  }
  // The first stretch is the same sound from the same state.
  EXPECT_TRUE(
      std::equal(joined.begin(), joined.begin() + kStretchFrames, one.begin()));
  EXPECT_FALSE(joined == one) << "nothing was cut";
}

// One join in a hundred has half as much noise again (ADR 0013), so that only
// all five together can be judged.
TEST_P(JoinedStretches, SoundAtTheirJoinsAsGoodAsFromOneEncoder) {
  const auto joined = Decode(format_, EncodeByLanes(format_, sound_));
  const auto one = Decode(format_, EncodeByOne(format_, sound_));
  ASSERT_EQ(joined.size(), one.size());
  auto noise = [&](const std::vector<float>& decoded, int after_join) {
    double sum = 0;
    for (int join = 1; join <= 5; ++join)
      sum +=
          Difference(decoded, sound_,
                     (join * kStretchSamples + after_join) * format_.channels,
                     kRate / 10 * format_.channels);
    return sum;
  };
  // From a little before: a stretch's first packet fades into the last one.
  EXPECT_LT(noise(joined, -480), 1.25 * noise(one, -480));
  EXPECT_LT(noise(joined, kRate), 1.1 * noise(one, kRate));
}

TEST_P(JoinedStretches, AreTheSameBytesEveryTime) {
  EXPECT_TRUE(EncodeByLanes(format_, sound_) == EncodeByLanes(format_, sound_));
}

INSTANTIATE_TEST_SUITE_P(Sounds, JoinedStretches,
                         testing::Values(Sound{"Stereo96k", 96'000, 2},
                                         Sound{"Mono64k", 64'000, 1},
                                         Sound{"Stereo256k", 256'000, 2}),
                         [](const auto& info) { return info.param.name; });

class EveryRate : public testing::TestWithParam<int> {};

TEST_P(EveryRate, JoinsWithoutAGap) {
  OutputFormat format = Opus(96'000, 2);
  format.sample_rate = GetParam();
  const std::vector<float> sound =
      Music(2 * kStretchFrames * GetParam() / 50 + 1003, 2);
  const auto joined = EncodeByLanes(format, sound);
  const auto one = EncodeByOne(format, sound);
  ASSERT_EQ(joined.size(), one.size());
  for (size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(joined[i].pts, one[i].pts) << i;
    ASSERT_EQ(joined[i].duration, one[i].duration) << i;
  }
  EXPECT_FALSE(joined == one) << "nothing was cut";
}

INSTANTIATE_TEST_SUITE_P(SoundEncoder, EveryRate,
                         testing::Values(8'000, 12'000, 16'000, 24'000),
                         testing::PrintToStringParamName());

// Frames that no encoder takes, more of them than there are at once.
TEST(SoundEncoder, TellsOfAnErrorWhoeverWaitsForAFrame) {
  const OutputFormat format = Opus(96'000, 2);
  auto encoder =
      SoundEncoder::Open(format, LayoutFor(format.codec, 2), std::stop_token());
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  std::vector<Encoded> packets;
  auto status = base::Status::Ok();
  for (int i = 0; i < 5 * kStretchFrames && status.ok(); ++i) {
    auto frame = (*encoder)->TakeFrame();
    ASSERT_TRUE(frame.ok()) << frame.status();
    (*frame)->nb_samples = 961;
    status = (*encoder)->Encode(std::move(*frame), KeepIn(packets));
  }
  EXPECT_EQ(jobs::ReasonOf(status), jobs::Reason::kInternal) << status;
}

TEST(SoundEncoder, EndsWhenItIsStopped) {
  const OutputFormat format = Opus(96'000, 2);
  std::stop_source stop;
  auto encoder =
      SoundEncoder::Open(format, LayoutFor(format.codec, 2), stop.get_token());
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  std::vector<Encoded> packets;
  auto frame = (*encoder)->TakeFrame();
  ASSERT_TRUE(frame.ok()) << frame.status();
  Fill(**frame, Music(960, 2), 0, 960);
  ASSERT_TRUE((*encoder)->Encode(std::move(*frame), KeepIn(packets)).ok());
  stop.request_stop();
  EXPECT_EQ((*encoder)->Finish(KeepIn(packets)).code(), base::Code::kCancelled);
  EXPECT_TRUE(packets.empty());
}

TEST(SoundEncoder, HandsOnThePacketHandlersError) {
  const OutputFormat format = Opus(96'000, 2);
  auto encoder =
      SoundEncoder::Open(format, LayoutFor(format.codec, 2), std::stop_token());
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  auto frame = (*encoder)->TakeFrame();
  ASSERT_TRUE(frame.ok()) << frame.status();
  Fill(**frame, Music(960, 2), 0, 960);
  auto refuse = [](AVPacket&) {
    return base::Status(base::Code::kUnavailable, "the sink is gone");
  };
  ASSERT_TRUE((*encoder)->Encode(std::move(*frame), refuse).ok());
  EXPECT_EQ((*encoder)->Finish(refuse).code(), base::Code::kUnavailable);
}

}  // namespace
}  // namespace vexaa::media

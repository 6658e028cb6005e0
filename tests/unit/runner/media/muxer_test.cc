#include "runner/media/muxer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "runner/media/head_check.h"

namespace vexaa::media {
namespace {

constexpr size_t kPacketBytes = 16 << 20;
constexpr int kFrameBytes = 4;  // 16 bits, stereo
constexpr uint64_t kFourGiB = uint64_t{4} << 30;

// Keeps nothing but how much there was.
class CountingSink final : public OutputSink {
 public:
  size_t head_bytes() const override { return 1 << 20; }
  base::Status Write(std::span<const std::byte> data) override {
    bytes += data.size();
    return base::Status::Ok();
  }
  base::Status Finish(std::span<const std::byte>) override {
    return base::Status::Ok();
  }
  uint64_t bytes = 0;
};

CodecParametersPtr StereoPcm() {
  CodecParametersPtr codec(avcodec_parameters_alloc());
  codec->codec_type = AVMEDIA_TYPE_AUDIO;
  codec->codec_id = AV_CODEC_ID_PCM_S16LE;
  codec->format = AV_SAMPLE_FMT_S16;
  codec->sample_rate = 44'100;
  codec->bits_per_coded_sample = 16;
  codec->block_align = kFrameBytes;
  codec->bit_rate = int64_t{44'100} * kFrameBytes * 8;
  av_channel_layout_default(&codec->ch_layout, 2);
  return codec;
}

struct Wav {
  std::string head;
  uint64_t bytes = 0;
  uint64_t samples = 0;
  base::Status check;  // the one that every output has to pass
};

Wav MuxSilence(int packets) {
  ConfigureLibav();
  CountingSink sink;
  auto codec = StereoPcm();
  auto muxer = Muxer::Open({.container = jobs::Container::kWav,
                            .codec = codec.get(),
                            .seconds = std::nullopt,
                            .tags = nullptr},
                           sink);
  EXPECT_TRUE(muxer.ok()) << muxer.status();
  PacketPtr silence(av_packet_alloc());
  EXPECT_GE(av_new_packet(silence.get(), kPacketBytes), 0);
  std::memset(silence->data, 0, kPacketBytes);
  silence->duration = kPacketBytes / kFrameBytes;
  for (int i = 0; i < packets; ++i) {
    PacketPtr packet(av_packet_clone(silence.get()));
    packet->pts = packet->dts = i * silence->duration;
    EXPECT_TRUE((*muxer)->Write(*packet).ok());
  }
  EXPECT_TRUE((*muxer)->WriteTrailer().ok());
  auto head = (*muxer)->head();
  Wav wav;
  wav.head.assign(reinterpret_cast<const char*>(head.data()), 256);
  wav.bytes = (*muxer)->bytes();
  wav.samples = static_cast<uint64_t>((*muxer)->samples());
  EXPECT_EQ(wav.bytes, head.size() + sink.bytes);
  wav.check = CheckHead(head, {.total_bytes = wav.bytes,
                               .codec = "pcm_s16le",
                               .sample_rate = 44'100,
                               .samples = wav.samples,
                               .slack_samples = 0});
  return wav;
}

uint64_t Little64(const std::string& bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 8; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

TEST(WavMuxer, KeepsRoomForRf64InASmallFile) {
  Wav wav = MuxSilence(1);
  EXPECT_EQ(wav.head.substr(0, 4), "RIFF");
  EXPECT_EQ(wav.head.substr(8, 8), "WAVEJUNK");
  EXPECT_TRUE(wav.check.ok()) << wav.check;
}

// EBU Tech 3306: "ds64" has the sizes of file, sound and samples.
TEST(WavMuxer, SwitchesToRf64BehindFourGiB) {
  Wav wav = MuxSilence(static_cast<int>(kFourGiB / kPacketBytes) + 1);
  EXPECT_GT(wav.bytes, kFourGiB);
  EXPECT_EQ(wav.head.substr(0, 4), "RF64");
  EXPECT_EQ(wav.head.substr(4, 4), "\xff\xff\xff\xff");
  EXPECT_EQ(wav.head.substr(8, 8), "WAVEds64");
  EXPECT_EQ(Little64(wav.head, 20), wav.bytes - 8);
  EXPECT_EQ(Little64(wav.head, 28), kFourGiB + kPacketBytes);
  EXPECT_EQ(Little64(wav.head, 36), wav.samples);
  EXPECT_EQ(wav.samples, (kFourGiB + kPacketBytes) / kFrameBytes);
  EXPECT_TRUE(wav.check.ok()) << wav.check;
}

}  // namespace
}  // namespace vexaa::media

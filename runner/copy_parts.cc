#include "runner/copy_parts.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <string_view>

#include "runner/media/limits.h"
#include "runner/media/packet_times.h"

namespace vexaa::runner {
namespace {

using jobs::Container;

// FLAC's STREAMINFO: the count of samples ends at byte 18, behind it is the MD5
// of the whole sound. RFC 9639, 8.2.
constexpr size_t kStreamInfoCount = 13;
constexpr size_t kStreamInfoBytes = 34;

// As many as PCM of one byte has in the largest packet: a source that tells
// more lies.
constexpr int64_t kMostPacketSamples = media::kMaxPacketBytes;

}  // namespace

bool HasAdtsHeader(const AVPacket& packet, AVCodecID codec) {
  return codec == AV_CODEC_ID_AAC && packet.size > 7 &&
         packet.data[0] == 0xff && (packet.data[1] & 0xf6) == 0xf0;
}

void ForgetLength(AVCodecParameters& codec) {
  if (codec.codec_id != AV_CODEC_ID_FLAC ||
      codec.extradata_size < static_cast<int>(kStreamInfoBytes))
    return;
  codec.extradata[kStreamInfoCount] &= 0xf0;
  std::memset(codec.extradata + kStreamInfoCount + 1, 0,
              kStreamInfoBytes - kStreamInfoCount - 1);
}

int BytesPerSample(const AVCodecParameters& codec) {
  const std::string_view name = avcodec_get_name(codec.codec_id);
  if (!name.starts_with("pcm_") || name.ends_with("_planar")) return 0;
  return av_get_exact_bits_per_sample(codec.codec_id) / 8 *
         codec.ch_layout.nb_channels;
}

int64_t SamplesIn(const AVPacket& packet, const AVCodecParameters& codec,
                  AVRational time_base) {
  if (int bytes = BytesPerSample(codec); bytes > 0) return packet.size / bytes;
  return std::clamp<int64_t>(media::SamplesOf(packet, codec, time_base), 0,
                             kMostPacketSamples);
}

int64_t HeardSamples(const AVPacket& packet, int64_t samples) {
  return std::max<int64_t>(samples - media::SkipOf(packet).end, 0);
}

void Cut(AVPacket& packet, int bytes_per_sample, int64_t first, int64_t end) {
  const auto begin = static_cast<int>(first) * bytes_per_sample;
  packet.data += begin;
  packet.size = static_cast<int>(end) * bytes_per_sample - begin;
}

// RFC 7845, 5.1.
void SetPreSkip(AVCodecParameters& codec) {
  constexpr int kPreSkipAt = 10;
  if (codec.codec_id != AV_CODEC_ID_OPUS ||
      codec.extradata_size < kPreSkipAt + 2)
    return;
  auto delay = static_cast<unsigned>(codec.initial_padding);
  codec.extradata[kPreSkipAt] = static_cast<uint8_t>(delay);
  codec.extradata[kPreSkipAt + 1] = static_cast<uint8_t>(delay >> 8);
}

int DelayOf(const AVPacket& first, const AVCodecParameters& codec,
            Container container, AVRational time_base) {
  int64_t delay = codec.initial_padding;
  if (auto skip = media::SkipOf(first).start; skip > 0) delay = skip;
  // A first block of Vorbis gives no sound; Ogg counts it below 0.
  if (codec.codec_id == AV_CODEC_ID_VORBIS && container == Container::kOgg &&
      first.pts != AV_NOPTS_VALUE && first.pts < 0)
    delay = av_rescale_q(-first.pts, time_base, {1, codec.sample_rate});
  return static_cast<int>(std::clamp<int64_t>(delay, 0, INT_MAX));
}

}  // namespace vexaa::runner

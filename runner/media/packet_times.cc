#include "runner/media/packet_times.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include "runner/media/audio_codecs.h"
#include "runner/media/limits.h"

namespace vexaa::media {
namespace {

// ISO 14496-3, table 1.18.
constexpr std::array kAacRates = {96'000, 88'200, 64'000, 48'000, 44'100,
                                  32'000, 24'000, 22'050, 16'000, 12'000,
                                  11'025, 8'000,  7'350};

// AV_PKT_DATA_SKIP_SAMPLES: two counts and the reasons for them.
constexpr size_t kSkipBytes = 10;

uint32_t Little32(const uint8_t* data) {
  return data[0] | data[1] << 8u | data[2] << 16u |
         static_cast<uint32_t>(data[3]) << 24u;
}

void PutLittle32(uint32_t value, uint8_t* data) {
  for (unsigned i = 0; i < 4; ++i)
    data[i] = static_cast<uint8_t>(value >> 8 * i);
}

bool SetChannels(int channels, AVCodecParameters& codec) {
  if (channels <= 0) return false;
  av_channel_layout_uninit(&codec.ch_layout);
  av_channel_layout_default(&codec.ch_layout, channels);
  return true;
}

bool SetExtradata(std::array<uint8_t, 2> bytes, AVCodecParameters& codec) {
  if (codec.extradata_size > 0) return true;
  codec.extradata = static_cast<uint8_t*>(
      av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (codec.extradata == nullptr) return false;
  std::memcpy(codec.extradata, bytes.data(), bytes.size());
  codec.extradata_size = static_cast<int>(bytes.size());
  return true;
}

// The header of ISO 13818-7, 6.2, becomes the setup of ISO 14496-3, 1.6.2.1.
bool CompleteAac(const AVPacket& packet, AVCodecParameters& codec) {
  const uint8_t* data = packet.data;
  if (packet.size < 7 || data[0] != 0xff || (data[1] & 0xf6) != 0xf0)
    return false;
  unsigned object_type = (data[2] >> 6u) + 1u;
  unsigned rate = data[2] >> 2u & 15u;
  unsigned channels = (data[2] & 1u) << 2u | data[3] >> 6u;
  // Without a channel configuration the layout stands inside the packet.
  if (rate >= kAacRates.size() || channels == 0) return false;
  codec.sample_rate = kAacRates[rate];
  return SetChannels(channels == 7 ? 8 : static_cast<int>(channels), codec) &&
         SetExtradata({static_cast<uint8_t>(object_type << 3u | rate >> 1u),
                       static_cast<uint8_t>(rate << 7u | channels << 3u)},
                      codec);
}

// STREAMINFO, RFC 9639, 8.2: 20 bits of rate, 3 of channels.
bool CompleteFlac(AVCodecParameters& codec) {
  if (codec.extradata_size < 34) return false;
  const uint8_t* data = codec.extradata + 10;
  codec.sample_rate = data[0] << 12 | data[1] << 4 | data[2] >> 4;
  return codec.sample_rate > 0 && SetChannels((data[2] >> 1 & 7) + 1, codec);
}

// A parser believes in a header only when more of its kind follow: it is shown
// the same packet a few times.
constexpr int kParserRounds = 4;

void Parse(AVCodecParserContext& parser, AVCodecContext& context,
           const AVPacket& packet) {
  for (const uint8_t *at = packet.data, *end = at + packet.size; at < end;) {
    uint8_t* out = nullptr;
    int size = 0;
    int used = av_parser_parse2(&parser, &context, &out, &size, at,
                                static_cast<int>(end - at), AV_NOPTS_VALUE,
                                AV_NOPTS_VALUE, 0);
    if (used <= 0) return;
    at += used;
  }
}

bool CompleteByParser(const AVPacket& packet, AVCodecParameters& codec) {
  AVCodecParserContext* parser = av_parser_init(codec.codec_id);
  CodecContextPtr context(avcodec_alloc_context3(nullptr));
  if (parser != nullptr && context) {
    context->codec_id = codec.codec_id;
    context->codec_type = AVMEDIA_TYPE_AUDIO;
    for (int i = 0; i < kParserRounds; ++i) Parse(*parser, *context, packet);
    if (codec.sample_rate <= 0) codec.sample_rate = context->sample_rate;
    if (codec.ch_layout.nb_channels <= 0)
      av_channel_layout_copy(&codec.ch_layout, &context->ch_layout);
    // MPEG audio tells its layer here.
    if (context->sample_rate > 0) codec.codec_id = context->codec_id;
  }
  av_parser_close(parser);
  return codec.sample_rate > 0 && codec.ch_layout.nb_channels > 0;
}

// The sound of one packet, nullptr where that gives none.
FramePtr DecodeOne(const AVPacket& packet, const AVCodecParameters& codec) {
  const AVCodec* decoder = FindAllowedDecoder(codec.codec_id);
  CodecContextPtr context(avcodec_alloc_context3(decoder));
  FramePtr frame(av_frame_alloc());
  if (decoder == nullptr || !context || !frame) return nullptr;
  context->thread_count = 1;
  context->max_samples = kMaxFrameSamples;
  if (avcodec_parameters_to_context(context.get(), &codec) < 0 ||
      avcodec_open2(context.get(), decoder, nullptr) < 0 ||
      avcodec_send_packet(context.get(), &packet) < 0 ||
      avcodec_receive_frame(context.get(), frame.get()) < 0)
    return nullptr;
  return frame;
}

// libav's parsers keep the channels of E-AC-3 and DTS to themselves, since more
// of them may stand in extensions: the decoder of the first packet tells.
bool CompleteByDecoder(const AVPacket& packet, AVCodecParameters& codec) {
  FramePtr frame = DecodeOne(packet, codec);
  if (!frame) return false;
  codec.sample_rate = frame->sample_rate;
  return codec.sample_rate > 0 && frame->ch_layout.nb_channels > 0 &&
         av_channel_layout_copy(&codec.ch_layout, &frame->ch_layout) >= 0;
}

// Samples of a packet where every one of the codec has as many.
int FixedSamples(const AVCodecParameters& codec) {
  switch (codec.codec_id) {
    case AV_CODEC_ID_AAC:
      return 1024;
    case AV_CODEC_ID_MP3:
      return codec.sample_rate >= 32'000 ? 1152 : 576;
    case AV_CODEC_ID_MP2:
      return 1152;
    case AV_CODEC_ID_AC3:
      return 1536;
    default:
      return 0;
  }
}

// A tick of the times is a sample or a whole part of one.
bool IsExact(AVRational time_base, const AVCodecParameters& codec) {
  return time_base.num == 1 && time_base.den % codec.sample_rate == 0;
}

// RFC 6716, 3.1: the first byte tells a frame's length and how many follow.
int OpusSamples(const AVPacket& packet) {
  if (packet.size < 1) return 0;
  static constexpr std::array kSilk = {480, 960, 1920, 2880};
  unsigned config = packet.data[0] >> 3u;
  int frame = config < 12   ? kSilk[config & 3u]
              : config < 16 ? 480 << (config & 1u)
                            : 120 << (config & 3u);
  unsigned code = packet.data[0] & 3u;
  int count = code == 0 ? 1 : 2;
  if (code == 3) count = packet.size < 2 ? 0 : packet.data[1] & 63;
  return frame * count;
}

bool IsMpegAudio(AVCodecID id) {
  return id == AV_CODEC_ID_MP1 || id == AV_CODEC_ID_MP2 ||
         id == AV_CODEC_ID_MP3;
}

}  // namespace

bool CompleteParameters(const AVPacket& first, AVCodecParameters& codec) {
  bool known = codec.sample_rate > 0 && codec.ch_layout.nb_channels > 0;
  if (codec.codec_id == AV_CODEC_ID_AAC &&
      (!known || codec.extradata_size == 0))
    return CompleteAac(first, codec) || known;
  if (known && !IsMpegAudio(codec.codec_id)) return true;
  if (codec.codec_id == AV_CODEC_ID_FLAC) return CompleteFlac(codec);
  return CompleteByParser(first, codec) || CompleteByDecoder(first, codec);
}

int LearnFrameSamples(const AVPacket& first, const AVCodecParameters& codec,
                      AVRational time_base) {
  if (IsExact(time_base, codec) || FixedSamples(codec) > 0 ||
      !HasEqualPackets(codec.codec_id) || codec.codec_id == AV_CODEC_ID_OPUS ||
      av_get_bits_per_sample(codec.codec_id) > 0)
    return 0;
  FramePtr frame = DecodeOne(first, codec);
  return frame ? frame->nb_samples : 0;
}

int64_t SamplesOf(const AVPacket& packet, const AVCodecParameters& codec,
                  AVRational time_base) {
  const AVRational samples = {1, codec.sample_rate};
  int64_t told = packet.duration > 0
                     ? av_rescale_q(packet.duration, time_base, samples)
                     : 0;
  if (codec.codec_id == AV_CODEC_ID_OPUS) return OpusSamples(packet);
  // Of Vorbis libav's Ogg demuxer tells what is heard of the last packet.
  const bool is_heard = codec.codec_id == AV_CODEC_ID_VORBIS;
  if (told > 0 && IsExact(time_base, codec))
    return told + (is_heard ? SkipOf(packet).end : 0);
  int64_t fixed = FixedSamples(codec);
  // AAC with SBR gives twice as many samples at twice the rate.
  if (fixed > 0 && told > 0 && std::llabs(told - 2 * fixed) < fixed / 2)
    return 2 * fixed;
  if (fixed > 0) return fixed;
  AVCodecParameters* parameters = const_cast<AVCodecParameters*>(&codec);
  int computed = av_get_audio_frame_duration2(parameters, packet.size);
  // The last packet may be shorter than a frame.
  const double tick = av_q2d(time_base) * codec.sample_rate;
  bool shorter = told > 0 && told + 2 * tick < computed;
  return computed > 0 && !shorter ? computed : told;
}

bool HasEqualPackets(AVCodecID codec) {
  return codec != AV_CODEC_ID_VORBIS && codec != AV_CODEC_ID_WMAV1 &&
         codec != AV_CODEC_ID_WMAV2;
}

Skip SkipOf(const AVPacket& packet) {
  size_t size = 0;
  const uint8_t* data =
      av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
  if (data == nullptr || size < kSkipBytes) return {};
  return {Little32(data), Little32(data + 4)};
}

bool SetSkip(AVPacket& packet, const Skip& skip) {
  size_t size = 0;
  uint8_t* data =
      av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
  if (data == nullptr || size < kSkipBytes) {
    if (skip.start == 0 && skip.end == 0) return true;
    data =
        av_packet_new_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, kSkipBytes);
  }
  if (data == nullptr) return false;
  std::memset(data, 0, kSkipBytes);
  PutLittle32(skip.start, data);
  PutLittle32(skip.end, data + 4);
  return true;
}

}  // namespace vexaa::media

#include "runner/media/encoder.h"

#include <array>
#include <string>
#include <utility>

#include "lib/jobs/reason.h"

namespace vexaa::media {
namespace {

// For codecs that take any count: large enough that calls cost nothing.
constexpr int kAnyFrameSamples = 4096;

struct EncoderFacts {
  const char* name;
  AVSampleFormat sample_format;
};

EncoderFacts FactsOf(const runner::OutputFormat& format) {
  switch (format.codec) {
    case jobs::Codec::kMp3:
      return {"libmp3lame", AV_SAMPLE_FMT_FLTP};
    case jobs::Codec::kPcmS16:
      return {"pcm_s16le", AV_SAMPLE_FMT_S16};
    case jobs::Codec::kPcmS24:
      return {"pcm_s24le", AV_SAMPLE_FMT_S32};
    case jobs::Codec::kPcmF32:
      return {"pcm_f32le", AV_SAMPLE_FMT_FLT};
    case jobs::Codec::kFlac:
      return {"flac", format.bits > 16 ? AV_SAMPLE_FMT_S32 : AV_SAMPLE_FMT_S16};
    case jobs::Codec::kAac:
      return {"aac", AV_SAMPLE_FMT_FLTP};
    case jobs::Codec::kOpus:
      return {"libopus", AV_SAMPLE_FMT_FLT};
    case jobs::Codec::kCopy:
      break;
  }
  return {"", AV_SAMPLE_FMT_NONE};
}

// As the ffmpeg program does for -b:a and -q:a; the rest is libav's default
// there as here.
void SetRateControl(const runner::OutputFormat& format,
                    AVCodecContext& context) {
  if (!format.quality) {
    context.bit_rate = format.bitrate;
    return;
  }
  context.flags |= AV_CODEC_FLAG_QSCALE;
  context.global_quality = FF_QP2LAMBDA * *format.quality;
}

base::Status Broken(const std::string& what, int error) {
  return jobs::Fail(jobs::Reason::kInternal,
                    what + " (" + AvErrorText(error) + ")");
}

// AAC: ISO 14496-3, table 1.19. FLAC: RFC 9639, 9.1.3. Opus: RFC 7845, 5.1.1.
// They differ from libav's usual ones below.
AVChannelLayout OrderedLayout(int channels) {
  switch (channels) {
    case 3:
      return AV_CHANNEL_LAYOUT_SURROUND;
    case 5:
      return AV_CHANNEL_LAYOUT_5POINT0_BACK;
    case 6:
      return AV_CHANNEL_LAYOUT_5POINT1_BACK;
    case 7:
      return AV_CHANNEL_LAYOUT_6POINT1;
    default:
      break;
  }
  AVChannelLayout layout{};
  av_channel_layout_default(&layout, channels);
  return layout;
}

}  // namespace

AVChannelLayout LayoutFor(jobs::Codec codec, int channels) {
  AVChannelLayout layout = OrderedLayout(channels);
  if (codec == jobs::Codec::kAac) return layout;
  if (channels == 4) layout = AV_CHANNEL_LAYOUT_QUAD;
  return layout;
}

base::Result<std::unique_ptr<Encoder>> Encoder::Open(
    const runner::OutputFormat& format, const AVChannelLayout& layout) {
  EncoderFacts facts = FactsOf(format);
  const AVCodec* codec = avcodec_find_encoder_by_name(facts.name);
  if (codec == nullptr)
    return jobs::Fail(
        jobs::Reason::kInternal,
        std::string("this build of FFmpeg has no encoder ") + facts.name);
  CodecContextPtr context(avcodec_alloc_context3(codec));
  PacketPtr packet(av_packet_alloc());
  if (!context || !packet)
    return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for the encoder");
  context->sample_fmt = facts.sample_format;
  context->sample_rate = format.sample_rate;
  context->time_base = {1, format.sample_rate};
  SetRateControl(format, *context);
  context->thread_count = 1;
  if (format.bits > 16) context->bits_per_raw_sample = format.bits;
  // FLAC's header is asked for in every container that is no stream.
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_channel_layout_copy(&context->ch_layout, &layout);
  int error = avcodec_open2(context.get(), codec, nullptr);
  if (error < 0)
    return Broken(std::string("encoder ") + facts.name + " refuses " +
                      std::to_string(format.sample_rate) + " Hz, " +
                      std::to_string(format.channels) + " channels",
                  error);
  return std::unique_ptr<Encoder>(
      new Encoder(std::move(context), std::move(packet)));
}

FrameFormat Encoder::frame_format() const {
  return {context_->sample_fmt, context_->sample_rate, context_->ch_layout};
}

int Encoder::frame_samples() const {
  return context_->frame_size > 0 ? context_->frame_size : kAnyFrameSamples;
}

base::Status Encoder::Encode(const AVFrame* frame,
                             const PacketHandler& on_packet) {
  int error = avcodec_send_frame(context_.get(), frame);
  if (error < 0) return Broken("the encoder refused a frame", error);
  for (;;) {
    error = avcodec_receive_packet(context_.get(), packet_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
      return base::Status::Ok();
    if (error < 0) return Broken("the encoder failed", error);
    base::Status handled = on_packet(*packet_);
    av_packet_unref(packet_.get());
    RETURN_IF_ERROR(handled);
  }
}

}  // namespace vexaa::media

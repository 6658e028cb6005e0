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

base::Status Broken(const std::string& what, int error) {
  return jobs::Fail(jobs::Reason::kInternal,
                    what + " (" + AvErrorText(error) + ")");
}

}  // namespace

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
  context->bit_rate = format.bitrate;
  context->thread_count = 1;
  if (format.bits > 16) context->bits_per_raw_sample = format.bits;
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
  if (frame != nullptr) samples_ += static_cast<uint64_t>(frame->nb_samples);
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

#include "runner/media/decoder.h"

#include <string>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/audio_codecs.h"
#include "runner/media/limits.h"
#include "runner/media/wild_samples.h"

namespace vexaa::media {
namespace {

using jobs::Fail;
using jobs::Reason;

bool IsLossless(AVCodecID id) {
  const AVCodecDescriptor* codec = avcodec_descriptor_get(id);
  return codec != nullptr && (codec->props & AV_CODEC_PROP_LOSSLESS) != 0;
}

// "mp1" to "mp3" by the first packet's frame header, nothing without one.
std::string MpegLayerName(AVCodecID id, const AVPacket& packet) {
  bool mpeg = id == AV_CODEC_ID_MP3 || id == AV_CODEC_ID_MP2;
  if (!mpeg || packet.size < 4 || packet.data[0] != 0xff) return "";
  int layer = 4 - (packet.data[1] >> 1 & 3);
  return layer == 4 ? "" : "mp" + std::to_string(layer);
}

}  // namespace

base::Result<std::unique_ptr<Decoder>> Decoder::Open(const AVStream& stream) {
  const AVCodecID id = stream.codecpar->codec_id;
  const AVCodec* codec = FindAllowedDecoder(id);
  std::string name = avcodec_get_name(id);
  if (codec == nullptr)
    return Fail(Reason::kUnsupportedCodec,
                "the source's audio codec '" + name + "' is not supported");
  CodecContextPtr context(avcodec_alloc_context3(codec));
  FramePtr frame(av_frame_alloc());
  if (!context || !frame)
    return Fail(Reason::kOutOfMemory, "no memory for the decoder");
  int error = avcodec_parameters_to_context(context.get(), stream.codecpar);
  context->pkt_timebase = stream.time_base;
  context->thread_count = 1;
  context->max_samples = kMaxFrameSamples;
  if (error >= 0) error = avcodec_open2(context.get(), codec, nullptr);
  if (error < 0)
    return Fail(Reason::kCorruptInput, "the decoder for '" + name +
                                           "' refuses the source's header (" +
                                           AvErrorText(error) + ")");
  return std::unique_ptr<Decoder>(
      new Decoder(std::move(context), std::move(frame)));
}

base::Status Decoder::Decode(const AVPacket* packet,
                             const FrameHandler& on_frame) {
  if (samples_ == 0 && packet != nullptr)
    if (auto layer = MpegLayerName(context_->codec_id, *packet); !layer.empty())
      codec_name_ = layer;
  int error = avcodec_send_packet(context_.get(), packet);
  // Never EAGAIN: every frame was taken after the packet before.
  if (error < 0 && error != AVERROR_EOF) RETURN_IF_ERROR(CountError());
  return Drain(on_frame);
}

base::Status Decoder::Drain(const FrameHandler& on_frame) {
  for (;;) {
    int error = avcodec_receive_frame(context_.get(), frame_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
      return base::Status::Ok();
    if (error < 0) {
      RETURN_IF_ERROR(CountError());
      continue;
    }
    errors_in_a_row_ = 0;
    settling_ = false;
    RETURN_IF_ERROR(CheckFrame());
    ASSIGN_OR_RETURN(bool wild, MuteWildSamples(*frame_));
    if (wild) ++error_count_;
    samples_ += static_cast<uint64_t>(frame_->nb_samples);
    RETURN_IF_ERROR(on_frame(*frame_));
    av_frame_unref(frame_.get());
  }
}

void Decoder::Flush() {
  avcodec_flush_buffers(context_.get());
  settling_ = true;
}

base::Status Decoder::CountError() {
  if (!settling_) ++error_count_;
  if (++errors_in_a_row_ < kMaxConsecutiveErrors) return base::Status::Ok();
  return Fail(Reason::kCorruptInput, "the sound cannot be decoded: " +
                                         std::to_string(errors_in_a_row_) +
                                         " damaged packets in a row");
}

base::Status Decoder::CheckFrame() const {
  int channels = frame_->ch_layout.nb_channels;
  int rate = frame_->sample_rate;
  if (channels >= 1 && channels <= kMaxChannels && rate >= kMinSampleRate &&
      rate <= kMaxSampleRate)
    return base::Status::Ok();
  return Fail(Reason::kUnsupportedCodec,
              "sound of " + std::to_string(rate) + " Hz and " +
                  std::to_string(channels) + " channels is out of range");
}

runner::SoundFormat Decoder::SoundOf(const AVFrame& frame) const {
  auto format = static_cast<AVSampleFormat>(frame.format);
  bool deep = av_get_bytes_per_sample(format) > 2;
  return {.sample_rate = frame.sample_rate,
          .channels = frame.ch_layout.nb_channels,
          .bits = deep && IsLossless(context_->codec_id) ? 24 : 16};
}

}  // namespace vexaa::media

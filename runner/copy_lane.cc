#include "runner/copy_lane.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/copy_plan.h"
#include "runner/media/head_check.h"
#include "runner/media/packet_times.h"

namespace vexaa::runner {
namespace {

using jobs::Container;
using jobs::Fail;
using jobs::Reason;

// FLAC's STREAMINFO: the count of samples ends at byte 18, behind it is the MD5
// of the whole sound. RFC 9639, 8.2.
constexpr size_t kStreamInfoCount = 13;
constexpr size_t kStreamInfoBytes = 34;

base::Status NoMemory() {
  return Fail(Reason::kOutOfMemory, "no memory for a packet");
}

bool HasAdtsHeader(const AVPacket& packet, AVCodecID codec) {
  return codec == AV_CODEC_ID_AAC && packet.size > 7 &&
         packet.data[0] == 0xff && (packet.data[1] & 0xf6) == 0xf0;
}

// A clip has neither the length nor the checksum of the whole.
void ForgetLength(AVCodecParameters& codec) {
  if (codec.codec_id != AV_CODEC_ID_FLAC ||
      codec.extradata_size < static_cast<int>(kStreamInfoBytes))
    return;
  codec.extradata[kStreamInfoCount] &= 0xf0;
  std::memset(codec.extradata + kStreamInfoCount + 1, 0,
              kStreamInfoBytes - kStreamInfoCount - 1);
}

// A packet as long as players hear it.
int64_t HeardSamples(const AVPacket& packet, const AVCodecParameters& codec,
                     AVRational time_base) {
  int64_t whole = media::SamplesOf(packet, codec, time_base);
  return std::max<int64_t>(whole - media::SkipOf(packet).end, 0);
}

}  // namespace

base::Result<std::unique_ptr<CopyLane>> CopyLane::Create(
    CopyRequest request, const AVStream& stream, media::OutputSink& sink) {
  auto codec = media::CopyOf(*stream.codecpar);
  if (!codec) return NoMemory();
  return std::unique_ptr<CopyLane>(new CopyLane(
      std::move(request), stream.time_base, std::move(codec), sink));
}

bool CopyLane::IsInClip(const AVPacket& packet) {
  int64_t timestamp = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (timestamp == AV_NOPTS_VALUE || request_.clip == jobs::Clip{}) return true;
  // Negative times are the encoder's delay, before the beginning.
  if (start_timestamp_ == AV_NOPTS_VALUE)
    start_timestamp_ = std::max<int64_t>(timestamp, 0);
  const AVRational microseconds = {1, AV_TIME_BASE};
  int64_t begin =
      av_rescale_q(timestamp - start_timestamp_, time_base_, microseconds);
  int64_t end =
      begin + std::max<int64_t>(
                  av_rescale_q(packet.duration, time_base_, microseconds), 1);
  const jobs::Clip& clip = request_.clip;
  ended_ = clip.duration_us > 0 && begin >= clip.start_us + clip.duration_us;
  return !ended_ && end > clip.start_us;
}

base::Status CopyLane::Push(const AVPacket& packet) {
  if (ended_ || packet.size == 0 || !IsInClip(packet))
    return base::Status::Ok();
  if (!muxer_) RETURN_IF_ERROR(Open(packet));
  media::PacketPtr copy(av_packet_clone(&packet));
  if (!copy) return NoMemory();
  return Write(std::move(copy), HeardSamples(packet, *codec_, time_base_));
}

base::Status CopyLane::Open(const AVPacket& first) {
  if (!media::CompleteParameters(first, *codec_))
    return Fail(
        Reason::kUnsupportedCodec,
        std::string("the source does not tell the sample rate of its ") +
            avcodec_get_name(codec_->codec_id) +
            "; choose a codec to encode it");
  ASSIGN_OR_RETURN(
      Container container,
      ContainerForCopy(request_.container, avcodec_get_name(codec_->codec_id)));
  if (auto skip = media::SkipOf(first).start; skip > 0)
    codec_->initial_padding = static_cast<int>(skip);
  if (request_.clip.start_us > 0) codec_->initial_padding = 0;
  if (request_.clip != jobs::Clip{}) ForgetLength(*codec_);
  codec_->frame_size =
      static_cast<int>(media::SamplesOf(first, *codec_, time_base_));
  if (HasAdtsHeader(first, codec_->codec_id)) RETURN_IF_ERROR(OpenFilter());
  next_ = -codec_->initial_padding;
  ASSIGN_OR_RETURN(muxer_, media::Muxer::Open({.container = container,
                                               .codec = codec_.get(),
                                               .seconds = request_.seconds,
                                               .tags = &request_.tags},
                                              sink_));
  return base::Status::Ok();
}

base::Status CopyLane::OpenFilter() {
  AVBSFContext* context = nullptr;
  int error = av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &context);
  filter_.reset(context);
  if (error >= 0)
    error = avcodec_parameters_copy(context->par_in, codec_.get());
  if (error >= 0) error = av_bsf_init(context);
  return error >= 0
             ? base::Status::Ok()
             : Fail(Reason::kInternal, "the AAC filter refused the stream (" +
                                           media::AvErrorText(error) + ")");
}

base::Status CopyLane::Filter(AVPacket& packet) {
  int error = av_bsf_send_packet(filter_.get(), &packet);
  if (error >= 0) error = av_bsf_receive_packet(filter_.get(), &packet);
  return error >= 0
             ? base::Status::Ok()
             : Fail(Reason::kCorruptInput,
                    "a packet of the source's AAC is damaged (" +
                        media::AvErrorText(error) +
                        "); a codec that encodes it leaves such packets out");
}

base::Status CopyLane::Write(media::PacketPtr packet, int64_t samples) {
  if (filter_) RETURN_IF_ERROR(Filter(*packet));
  packet->pts = packet->dts = next_;
  packet->duration = samples;
  packet->pos = -1;
  next_ += samples;
  return muxer_->Write(*packet);
}

base::Result<LaneReport> CopyLane::Finish() {
  if (!muxer_)
    return Fail(Reason::kCorruptInput,
                "the source has no packet of sound where it was asked for");
  RETURN_IF_ERROR(muxer_->WriteTrailer());
  if (next_ <= 0 || muxer_->samples() != next_)
    return Fail(Reason::kInternal,
                "the samples differ: " + std::to_string(next_) + " copied, " +
                    std::to_string(muxer_->samples()) + " muxed");
  OutputFormat format;
  format.codec = jobs::Codec::kCopy;
  format.container = muxer_->container();
  format.sample_rate = codec_->sample_rate;
  format.channels = codec_->ch_layout.nb_channels;
  auto samples = static_cast<uint64_t>(next_);
  // FLAC's header is the source's own, and says what that says.
  bool tells = muxer_->tells_length() && codec_->codec_id != AV_CODEC_ID_FLAC;
  if (sink_.head_bytes() > 0)
    RETURN_IF_ERROR(media::CheckHead(
        muxer_->head(),
        {.total_bytes = muxer_->bytes(),
         .codec = avcodec_get_name(codec_->codec_id),
         .sample_rate = codec_->sample_rate,
         .samples = tells ? std::optional(samples) : std::nullopt,
         .slack_samples = media::HeaderSlack(format)}));
  RETURN_IF_ERROR(sink_.Finish(muxer_->head()));
  return LaneReport{.format = format,
                    .samples = samples,
                    .bytes = muxer_->bytes(),
                    .gapless = muxer_->gapless(),
                    .loudness = std::nullopt};
}

}  // namespace vexaa::runner

#include "runner/copy_lane.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/copy_parts.h"
#include "runner/copy_plan.h"
#include "runner/media/head_check.h"
#include "runner/media/packet_times.h"

namespace vexaa::runner {
namespace {

using jobs::Container;
using jobs::Fail;
using jobs::Reason;

base::Status NoMemory() {
  return Fail(Reason::kOutOfMemory, "no memory for a packet");
}

// What a player hears of the chosen packets before `start`. It is less than the
// time before it where the source's times jump.
int64_t SamplesBefore(int64_t start, const std::vector<PlacedPacket>& chosen) {
  int64_t samples = 0;
  for (const PlacedPacket& placed : chosen)
    samples += std::clamp<int64_t>(start - placed.position, 0, placed.heard);
  return samples;
}

int64_t PrerollOf(const ClipCopy& plan, const AVCodecParameters& codec) {
  if (!plan.exact) return 0;
  return std::max<int64_t>(int64_t{plan.preroll_frames} * codec.frame_size,
                           int64_t{plan.preroll_ms} * codec.sample_rate / 1000);
}

}  // namespace

base::Result<std::unique_ptr<CopyLane>> CopyLane::Create(CopyRequest request,
                                                         const AVStream& stream,
                                                         media::OpenSink open) {
  auto codec = media::CopyOf(*stream.codecpar);
  if (!codec) return NoMemory();
  return std::unique_ptr<CopyLane>(new CopyLane(
      std::move(request), stream.time_base, std::move(codec), std::move(open)));
}

base::Status CopyLane::Push(const AVPacket& packet) {
  if (ended() || packet.size == 0) return base::Status::Ok();
  if (!prepared_) RETURN_IF_ERROR(Prepare(packet));
  int64_t samples = SamplesIn(packet, *codec_, time_base_);
  if (clip_) return PushClip(packet, samples);
  if (!muxer_) RETURN_IF_ERROR(Open(codec_->initial_padding));
  media::PacketPtr copy(av_packet_clone(&packet));
  if (!copy) return NoMemory();
  samples = HeardSamples(packet, samples);
  if (int bytes = BytesPerSample(*codec_); bytes > 0)
    Cut(*copy, bytes, 0, samples);
  return Write(std::move(copy), samples);
}

// What the first packet tells, of the codec and of where its sound fits.
base::Status CopyLane::Prepare(const AVPacket& first) {
  if (!media::CompleteParameters(first, *codec_))
    return Fail(
        Reason::kUnsupportedCodec,
        std::string("the source does not tell the sample rate of its ") +
            avcodec_get_name(codec_->codec_id) +
            "; choose a codec to encode it");
  const std::string codec = avcodec_get_name(codec_->codec_id);
  ASSIGN_OR_RETURN(container_, ContainerForCopy(request_.container, codec));
  ASSIGN_OR_RETURN(sink_, open_(jobs::ContentTypeOf(container_)));
  codec_->initial_padding = DelayOf(first, *codec_, container_, time_base_);
  if (int samples = media::LearnFrameSamples(first, *codec_, time_base_);
      samples > 0)
    codec_->frame_size = samples;
  codec_->frame_size = static_cast<int>(SamplesIn(first, *codec_, time_base_));
  if (HasAdtsHeader(first, codec_->codec_id)) RETURN_IF_ERROR(OpenFilter());
  prepared_ = true;
  if (request_.clip == jobs::Clip{}) return base::Status::Ok();
  ForgetLength(*codec_);
  plan_ = PlanClipCopy(container_, codec, sink_->head_bytes() > 0);
  if (plan_.cuts && BytesPerSample(*codec_) == 0) plan_ = {};
  rules_ = {.clip = request_.clip,
            .tick_seconds = av_q2d(time_base_),
            .equal_packets = media::HasEqualPackets(codec_->codec_id),
            .sample_rate = codec_->sample_rate,
            .delay = codec_->initial_padding,
            .preroll = PrerollOf(plan_, *codec_)};
  clip_.emplace(rules_);
  return base::Status::Ok();
}

void CopyLane::StartAgain() {
  if (clip_) clip_.emplace(rules_);
}

base::Status CopyLane::PushClip(const AVPacket& packet, int64_t samples) {
  std::vector<PlacedPacket> chosen;
  RETURN_IF_ERROR(clip_->Take(packet, samples, chosen));
  if (chosen.empty()) return base::Status::Ok();
  if (!muxer_) RETURN_IF_ERROR(OpenClip(chosen));
  for (PlacedPacket& placed : chosen)
    RETURN_IF_ERROR(WriteClipped(std::move(placed)));
  return base::Status::Ok();
}

// Where players cannot be told what to leave out, the clip begins with the
// packet that holds its first sample.
base::Status CopyLane::OpenClip(std::vector<PlacedPacket>& chosen) {
  const int64_t start = clip_->start();
  int64_t delay = SamplesBefore(start, chosen);
  exact_ =
      plan_.exact &&
      (plan_.cuts || (delay >= plan_.least_delay && delay <= plan_.most_delay));
  if (plan_.cuts || (!exact_ && start > 0)) {
    std::erase_if(chosen, [start](const PlacedPacket& placed) {
      return placed.end() <= start;
    });
    delay = 0;
  }
  const bool early_is_told = plan_.cuts || (!exact_ && start == 0);
  early_ = early_is_told ? 0 : SamplesBefore(start, chosen);
  codec_->initial_padding = static_cast<int>(delay);
  SetPreSkip(*codec_);
  return Open(delay);
}

base::Status CopyLane::WriteClipped(PlacedPacket placed) {
  AVPacket& packet = *placed.packet;
  const int64_t begin = placed.position, end = begin + placed.samples;
  const int64_t last = clip_->end().value_or(end);
  if (plan_.cuts) {
    Cut(packet, BytesPerSample(*codec_),
        std::max<int64_t>(clip_->start() - begin, 0),
        std::min(placed.heard, last - begin));
    return Write(std::move(placed.packet),
                 packet.size / BytesPerSample(*codec_));
  }
  late_ = std::max<int64_t>(placed.end() - last, 0);
  if (!exact_) return Write(std::move(placed.packet), placed.heard);
  const int64_t heard = std::min(placed.heard, last - begin);
  if (!media::SetSkip(
          packet,
          {.start = 0, .end = static_cast<uint32_t>(placed.samples - heard)}))
    return NoMemory();
  return Write(std::move(placed.packet), heard);
}

base::Status CopyLane::Open(int64_t delay) {
  next_ = -delay;
  auto muxer = media::Muxer::Open({.container = container_,
                                   .codec = codec_.get(),
                                   .seconds = request_.seconds,
                                   .tags = &request_.tags},
                                  *sink_);
  // Speex in FLV, for one, has no header that Ogg could begin with.
  RETURN_IF_ERROR(CheckBeginning(muxer.status()));
  muxer_ = std::move(*muxer);
  return base::Status::Ok();
}

// Of a muxer that takes packets which are the source's own.
bool CopyLane::IsRefusal(const base::Status& status) const {
  return !status.ok() && jobs::ReasonOf(status) == Reason::kInternal &&
         (!muxer_ || muxer_->sink_status().ok());
}

// What it refuses later is the source's damage.
base::Status CopyLane::BlameSource(const base::Status& status) const {
  if (!IsRefusal(status)) return status;
  return Fail(Reason::kCorruptInput,
              "the source's packets are not what it tells of them (" +
                  std::string(status.message()) +
                  "); choose a codec to encode it");
}

// What a muxer refuses at the beginning, the source does not tell.
base::Status CopyLane::CheckBeginning(const base::Status& status) const {
  if (!IsRefusal(status)) return status;
  return Fail(
      Reason::kUnsupportedCodec,
      std::string("the source's ") + avcodec_get_name(codec_->codec_id) +
          " lacks what its file needs (" + std::string(status.message()) +
          "); choose a codec to encode it");
}

// ", cut at packets: 12 ms early, 3 ms late", where the file cannot say more.
std::string CopyLane::CutNote() const {
  const bool told =
      exact_ && (container_ != Container::kM4a || muxer_->tells_length());
  if (!clip_ || told || (early_ == 0 && late_ == 0)) return "";
  auto ms = [this](int64_t samples) {
    return std::to_string((samples * 1000 + codec_->sample_rate - 1) /
                          codec_->sample_rate);
  };
  return "cut at packets: begins " + ms(early_) + " ms early and ends " +
         ms(late_) + " ms late";
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
  if (packet->size == 0) return base::Status::Ok();
  RETURN_IF_ERROR(TellDelay(*packet));
  if (filter_) RETURN_IF_ERROR(Filter(*packet));
  packet->pts = packet->dts = next_;
  packet->duration = samples;
  packet->pos = -1;
  const bool is_first = IsFirst();
  next_ += samples;
  base::Status written = muxer_->Write(*packet);
  // Matroska misses the setup bytes of AAC only here.
  return is_first ? CheckBeginning(written) : BlameSource(written);
}

// libavformat's MP3 muxer takes the delay from the first packet that tells any
// samples to leave out, be it in vain.
base::Status CopyLane::TellDelay(AVPacket& packet) const {
  if (!IsFirst() || codec_->initial_padding == 0) return base::Status::Ok();
  media::Skip skip = media::SkipOf(packet);
  skip.start = static_cast<uint32_t>(codec_->initial_padding);
  return media::SetSkip(packet, skip) ? base::Status::Ok() : NoMemory();
}

base::Result<LaneReport> CopyLane::Finish() {
  if (!muxer_)
    return Fail(Reason::kCorruptInput,
                "the source has no packet of sound where it was asked for");
  if (next_ <= 0)
    return Fail(Reason::kCorruptInput,
                "by what the source tells of its packets' lengths and of the "
                "encoder's delay nothing of them is heard; a codec that "
                "encodes it goes by the sound itself");
  RETURN_IF_ERROR(BlameSource(muxer_->WriteTrailer()));
  if (muxer_->samples() != next_)
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
  if (sink_->head_bytes() > 0)
    RETURN_IF_ERROR(BlameSource(media::CheckHead(
        muxer_->head(),
        {.total_bytes = muxer_->bytes(),
         .codec = avcodec_get_name(codec_->codec_id),
         .sample_rate = codec_->sample_rate,
         .samples = tells ? std::optional(samples) : std::nullopt,
         .slack_samples =
             media::HeaderSlack(format) + codec_->initial_padding})));
  RETURN_IF_ERROR(sink_->Finish(muxer_->head()));
  return LaneReport{.format = format,
                    .samples = samples,
                    .bytes = muxer_->bytes(),
                    .gapless = muxer_->gapless() && CutNote().empty(),
                    .loudness = std::nullopt,
                    .note = CutNote()};
}

}  // namespace vexaa::runner

#include "runner/track_run.h"

#include <algorithm>
#include <cmath>

#include "lib/jobs/reason.h"
#include "runner/media/limits.h"
#include "runner/media/packet_times.h"

namespace vexaa::runner {
namespace {

// The samples [range) of a frame, without a copy.
base::Result<media::FramePtr> PartOf(const AVFrame& frame, SampleRange range) {
  media::FramePtr part(av_frame_clone(&frame));
  if (!part)
    return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for a frame");
  auto format = static_cast<AVSampleFormat>(frame.format);
  bool planar = av_sample_fmt_is_planar(format) != 0;
  int channels = frame.ch_layout.nb_channels;
  ptrdiff_t step = static_cast<ptrdiff_t>(av_get_bytes_per_sample(format)) *
                   (planar ? 1 : channels);
  for (int plane = 0; plane < (planar ? channels : 1); ++plane) {
    part->extended_data[plane] += step * range.first;
    if (plane < AV_NUM_DATA_POINTERS)
      part->data[plane] = part->extended_data[plane];
  }
  part->nb_samples = range.count;
  return part;
}

FrameTime TimeOf(const AVFrame& frame) {
  FrameTime time;
  if (frame.pts != AV_NOPTS_VALUE) time.timestamp = frame.pts;
  time.samples = frame.nb_samples;
  time.rate = frame.sample_rate;
  return time;
}

}  // namespace

base::Status TrackRun::Start(const AVStream& stream) {
  // A track that is only copied needs none.
  if (track_.decodable) {
    ASSIGN_OR_RETURN(decoder_, media::Decoder::Open(stream));
  }
  clock_.emplace(av_q2d(stream.time_base),
                 media::HasEqualPackets(stream.codecpar->codec_id));
  jumping_ = missed_ = ended_ = false;
  decoded_seconds_ = 0;
  for (CopyLane* lane : copies_) lane->StartAgain();
  return base::Status::Ok();
}

base::Status TrackRun::Take(const AVPacket* packet) {
  if (ended_ || missed_) return base::Status::Ok();
  if (packet != nullptr) RETURN_IF_ERROR(Copy(*packet));
  if (!decodes()) return base::Status::Ok();
  return decoder_->Decode(
      packet, [this](const AVFrame& frame) { return OnFrame(frame); });
}

base::Status TrackRun::Copy(const AVPacket& packet) {
  for (CopyLane* lane : copies_) RETURN_IF_ERROR(lane->Push(packet));
  if (seconds() > media::kMaxMediaSeconds)
    return jobs::Fail(jobs::Reason::kInputTooLarge,
                      "the source is longer than 24 hours");
  if (!decodes())
    ended_ = std::all_of(copies_.begin(), copies_.end(),
                         [](const CopyLane* lane) { return lane->ended(); });
  return base::Status::Ok();
}

base::Status TrackRun::OnFrame(const AVFrame& frame) {
  if (!sound_) sound_ = decoder_->SoundOf(frame);
  decoded_seconds_ += static_cast<double>(frame.nb_samples) / frame.sample_rate;
  if (decoded_seconds_ > media::kMaxMediaSeconds)
    return jobs::Fail(jobs::Reason::kInputTooLarge,
                      "the source is longer than 24 hours");
  if (cut_.whole()) return Give(frame);
  return OnClipFrame(frame);
}

base::Status TrackRun::OnClipFrame(const AVFrame& frame) {
  if (ended_ || missed_) return base::Status::Ok();
  auto position = clock_->Place(TimeOf(frame));
  if (!position) {
    missed_ = ++unplaced_ > kMaxUnplacedFrames;
    return base::Status::Ok();
  }
  if (jumping_) {
    jumping_ = false;
    double late =
        static_cast<double>(*position - cut_.StartAt(frame.sample_rate));
    missed_ = late > -kLeastSettleSeconds * frame.sample_rate;
    if (missed_) return base::Status::Ok();
  }
  SampleRange range = cut_.Cut(*position, frame.nb_samples, frame.sample_rate);
  ended_ = cut_.EndsBefore(*position + frame.nb_samples, frame.sample_rate);
  if (range.count == 0) return base::Status::Ok();
  if (range.count == frame.nb_samples) return Give(frame);
  ASSIGN_OR_RETURN(media::FramePtr part, PartOf(frame, range));
  return Give(*part);
}

base::Status TrackRun::Give(const AVFrame& frame) {
  samples_ += static_cast<uint64_t>(frame.nb_samples);
  seconds_ += static_cast<double>(frame.nb_samples) / frame.sample_rate;
  SoundFormat sound = decoder_->SoundOf(frame);
  for (OutputLane* lane : lanes_) RETURN_IF_ERROR(lane->Push(frame, sound));
  for (SideOutput* side : sides_) side->Push(frame);
  for (media::LoudnessTap* tap : taps_) RETURN_IF_ERROR(tap->Push(frame));
  return base::Status::Ok();
}

bool TrackRun::WantsJump() const {
  if (cut_.whole()) return false;
  bool copies_do =
      std::all_of(copies_.begin(), copies_.end(),
                  [](const CopyLane* lane) { return lane->WantsJump(); });
  if (!decodes() || !copies_do) return copies_do;
  if (!clock_->CanJump()) return false;
  double ahead =
      static_cast<double>(cut_.StartAt(clock_->rate()) - clock_->next());
  return ahead > (kSettleSeconds + kJumpPaysSeconds) * clock_->rate();
}

int64_t TrackRun::JumpTimestamp() const {
  if (!decodes()) return copies_.front()->JumpTimestamp();
  int64_t settle = std::llround(kSettleSeconds * clock_->rate());
  return clock_->TimestampOf(cut_.StartAt(clock_->rate()) - settle);
}

void TrackRun::Jumped() {
  for (CopyLane* lane : copies_) lane->Jumped();
  if (!decodes()) return;
  decoder_->Flush();
  clock_->Jump();
  jumping_ = true;
  unplaced_ = 0;
}

bool TrackRun::missed() const {
  return missed_ ||
         std::any_of(copies_.begin(), copies_.end(),
                     [](const CopyLane* lane) { return lane->missed(); });
}

bool TrackRun::landed() const {
  return !jumping_ &&
         std::all_of(copies_.begin(), copies_.end(),
                     [](const CopyLane* lane) { return lane->landed(); });
}

bool TrackRun::has_sound() const {
  if (decodes()) return samples_ > 0;
  return std::all_of(copies_.begin(), copies_.end(),
                     [](const CopyLane* lane) { return lane->has_sound(); });
}

double TrackRun::length_seconds() const {
  if (!decodes() && !copies_.empty()) return copies_.front()->length_seconds();
  if (!clock_ || clock_->rate() == 0) return decoded_seconds_;
  return static_cast<double>(clock_->next()) / clock_->rate();
}

}  // namespace vexaa::runner

#include "runner/media/sound_encoder.h"

#include <algorithm>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "lib/jobs/reason.h"

namespace vexaa::media {
namespace {

constexpr size_t kStretchesAtOnce = 2;
// A third is filled with the frames that these have used up. Of stereo floats
// 11 MiB.
constexpr int kFrames = kStretchFrames * 11 / 5;
static_assert(kFrames * 7 / 8 > kStretchFrames + kMostWaitingFrames,
              "a stretch that is filled must not wait for its own frames");
// libopus may use its speech layer below 57,588 bit/s (opus_encoder.c): that is
// the threshold for mono that sounds like speech as much as its application
// "audio" lets it (115 of 127), and 4,000 because it did so before.
constexpr int kLeastBitrate = 64'000;

base::Status NoMemory() {
  return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for the encoder");
}

base::Status Stopped() {
  return base::Status(base::Code::kCancelled, "the encoder was stopped");
}

// The last frames of it, without a copy of their samples.
base::Result<std::vector<FramePtr>> LeadInFrom(
    const std::vector<FramePtr>& frames) {
  std::vector<FramePtr> lead_in;
  const size_t count = std::min<size_t>(frames.size(), kLeadInFrames);
  for (auto at = frames.end() - static_cast<ptrdiff_t>(count);
       at != frames.end(); ++at) {
    lead_in.emplace_back(av_frame_clone(at->get()));
    if (!lead_in.back()) return NoMemory();
  }
  return lead_in;
}

}  // namespace

bool EncodedInStretches(const runner::OutputFormat& format) {
  return format.codec == jobs::Codec::kOpus && format.channels <= 2 &&
         format.bitrate >= kLeastBitrate;
}

base::Result<std::unique_ptr<SoundEncoder>> SoundEncoder::Open(
    const runner::OutputFormat& format, const AVChannelLayout& layout,
    std::stop_token stop) {
  ASSIGN_OR_RETURN(auto encoder, Encoder::Open(format, layout));
  return std::unique_ptr<SoundEncoder>(
      new SoundEncoder(format, layout, std::move(encoder), std::move(stop)));
}

SoundEncoder::SoundEncoder(const runner::OutputFormat& format,
                           const AVChannelLayout& layout,
                           std::unique_ptr<Encoder> encoder,
                           std::stop_token stop)
    : format_(format),
      layout_(layout),
      encoder_(std::move(encoder)),
      in_stretches_(EncodedInStretches(format)),
      pool_(encoder_->frame_format(), encoder_->frame_samples(), kFrames),
      next_(std::make_unique<Stretch>()),
      forward_stop_(std::move(stop), [this] { stop_.request_stop(); }) {}

SoundEncoder::~SoundEncoder() { stop_.request_stop(); }

base::Status SoundEncoder::Encode(FramePtr frame,
                                  const PacketHandler& on_packet) {
  samples_ += static_cast<uint64_t>(frame->nb_samples);
  if (!in_stretches_) {
    RETURN_IF_ERROR(encoder_->Encode(frame.get(), on_packet));
    pool_.Give(std::move(frame));
    return base::Status::Ok();
  }
  // Not before there is more: the last one must know that it is.
  if (next_->frames.size() == kStretchFrames) RETURN_IF_ERROR(Begin(on_packet));
  next_->frames.push_back(std::move(frame));
  return base::Status::Ok();
}

base::Status SoundEncoder::Finish(const PacketHandler& on_packet) {
  if (!in_stretches_) return encoder_->Encode(nullptr, on_packet);
  next_->last = true;
  RETURN_IF_ERROR(Begin(on_packet));
  while (!under_way_.empty()) RETURN_IF_ERROR(HandOnOldest(on_packet));
  return base::Status::Ok();
}

// Has the filled stretch encoded, once there is a thread for it.
base::Status SoundEncoder::Begin(const PacketHandler& on_packet) {
  auto after = std::make_unique<Stretch>();
  ASSIGN_OR_RETURN(after->lead_in, LeadInFrom(next_->frames));
  if (under_way_.size() == kStretchesAtOnce)
    RETURN_IF_ERROR(HandOnOldest(on_packet));
  try {
    under_way_.push_back(std::async(
        std::launch::async,
        [this, stretch = std::exchange(next_, std::move(after))]() mutable {
          return EncodeStretch(std::move(stretch));
        }));
  } catch (const std::system_error& error) {
    return jobs::Fail(
        jobs::Reason::kOutOfMemory,
        std::string("no thread for the encoder: ") + error.what());
  }
  return base::Status::Ok();
}

base::Status SoundEncoder::HandOnOldest(const PacketHandler& on_packet) {
  StretchPtr stretch = under_way_.front().get();
  under_way_.pop_front();
  RETURN_IF_ERROR(stretch->status);
  for (PacketPtr& packet : stretch->packets)
    RETURN_IF_ERROR(on_packet(*packet));
  return base::Status::Ok();
}

SoundEncoder::StretchPtr SoundEncoder::EncodeStretch(StretchPtr stretch) {
  try {
    stretch->status = EncodeFrames(*stretch);
  } catch (const std::bad_alloc&) {
    stretch->status = NoMemory();
  }
  stretch->lead_in.clear();
  // What was not encoded: whoever needs a frame is to hear of the error.
  for (FramePtr& frame : stretch->frames)
    if (frame) pool_.Give(std::move(frame));
  return stretch;
}

base::Status SoundEncoder::EncodeFrames(Stretch& stretch) {
  ASSIGN_OR_RETURN(auto encoder, Encoder::Open(format_, layout_));
  auto drop = [](AVPacket&) { return base::Status::Ok(); };
  auto keep = [&stretch](AVPacket& packet) {
    stretch.packets.emplace_back(av_packet_alloc());
    if (!stretch.packets.back()) return NoMemory();
    av_packet_move_ref(stretch.packets.back().get(), &packet);
    return base::Status::Ok();
  };
  for (const FramePtr& frame : stretch.lead_in)
    RETURN_IF_ERROR(encoder->Encode(frame.get(), drop));
  for (FramePtr& frame : stretch.frames) {
    if (stop_.stop_requested()) return Stopped();
    RETURN_IF_ERROR(encoder->Encode(frame.get(), keep));
    pool_.Give(std::move(frame));
  }
  if (!stretch.last) return base::Status::Ok();
  return encoder->Encode(nullptr, keep);
}

}  // namespace vexaa::media

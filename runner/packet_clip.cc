#include "runner/packet_clip.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/packet_times.h"

namespace vexaa::runner {
namespace {

// What waits before a clip, at most, whatever the source tells of its packets'
// lengths: 200 ms of Opus in frames of 2.5 ms are 80 packets.
constexpr size_t kMostWaiting = 128;
constexpr int64_t kMostWaitingBytes = 4 << 20;

}  // namespace

PacketClip::PacketClip(const PacketClipRules& rules)
    : rules_(rules),
      start_(ClipCut(rules.clip).StartAt(rules.sample_rate)),
      end_(ClipCut(rules.clip).EndAt(rules.sample_rate)),
      clock_(rules.tick_seconds, rules.equal_packets) {}

base::Status PacketClip::Take(const AVPacket& packet, int64_t samples,
                              std::vector<PlacedPacket>& chosen) {
  if (ended_ || missed_) return base::Status::Ok();
  FrameTime time{.timestamp = std::nullopt,
                 .samples = static_cast<int>(samples),
                 .rate = rules_.sample_rate};
  int64_t pts = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (pts != AV_NOPTS_VALUE) time.timestamp = pts;
  auto place = clock_.Place(time);
  if (!place) {
    missed_ = ++unplaced_ > kMaxUnplacedFrames;
    return base::Status::Ok();
  }
  int64_t position = *place - rules_.delay;
  if (jumping_ && !Land(position)) return base::Status::Ok();
  ended_ = end_ && position >= *end_;
  if (ended_) return base::Status::Ok();
  media::PacketPtr copy(av_packet_clone(&packet));
  if (!copy)
    return jobs::Fail(jobs::Reason::kOutOfMemory, "no memory for a packet");
  int64_t heard = std::max<int64_t>(samples - media::SkipOf(packet).end, 0);
  waiting_.push_back({std::move(copy), position, samples, heard});
  if (waiting_.back().end() <= start_) {
    Forget();
    return base::Status::Ok();
  }
  ended_ = end_ && waiting_.back().end() >= *end_;
  for (PlacedPacket& placed : waiting_) chosen.push_back(std::move(placed));
  waiting_.clear();
  return base::Status::Ok();
}

// A jump must lead to where everything that is needed still lies ahead.
bool PacketClip::Land(int64_t position) {
  jumping_ = false;
  auto least = std::max<int64_t>(
      std::llround(kLeastSettleSeconds * rules_.sample_rate), rules_.preroll);
  missed_ = position > start_ - least;
  return !missed_;
}

// A decoder's preroll is kept, by its sound: the times may jump within it. So
// is the beginning of a track: a clip from there has its delay, too.
void PacketClip::Forget() {
  int64_t samples = 0, bytes = 0;
  for (const PlacedPacket& placed : waiting_) {
    samples += placed.heard;
    bytes += placed.packet->size;
  }
  while (!waiting_.empty()) {
    const PlacedPacket& first = waiting_.front();
    const bool wanted = start_ == 0 || samples - first.heard < rules_.preroll;
    if (wanted && waiting_.size() <= kMostWaiting && bytes <= kMostWaitingBytes)
      return;
    samples -= first.heard;
    bytes -= first.packet->size;
    waiting_.pop_front();
  }
}

bool PacketClip::WantsJump() const {
  if (!clock_.CanJump()) return false;
  auto ahead = static_cast<double>(start_ + rules_.delay - clock_.next());
  return ahead > (kSettleSeconds + kJumpPaysSeconds) * rules_.sample_rate;
}

int64_t PacketClip::JumpTimestamp() const {
  int64_t settle = std::llround(kSettleSeconds * rules_.sample_rate);
  return clock_.TimestampOf(start_ + rules_.delay - settle);
}

void PacketClip::Jumped() {
  waiting_.clear();
  clock_.Jump();
  jumping_ = true;
  unplaced_ = 0;
}

double PacketClip::length_seconds() const {
  return static_cast<double>(clock_.next() - rules_.delay) / rules_.sample_rate;
}

}  // namespace vexaa::runner

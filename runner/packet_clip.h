// Chooses of a track's packets those that a clip is made of: the ones that
// hold a sample of it, and before them those that a decoder has to hear first.
// Positions are samples from the first one that is heard. Thread-compatible.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "runner/clip_cut.h"
#include "runner/media/libav.h"

namespace vexaa::runner {

struct PlacedPacket {
  media::PacketPtr packet;
  int64_t position = 0;  // negative: the encoder's delay
  int64_t samples = 0;   // that decoding it gives
  int64_t heard = 0;     // of these: the source's last ones may be padding
  int64_t end() const { return position + heard; }
};

struct PacketClipRules {
  jobs::Clip clip;
  double tick_seconds = 0;    // of the packets' times
  bool equal_packets = true;  // media::HasEqualPackets
  int sample_rate = 0;        // Hz
  int64_t delay = 0;          // samples at the beginning that nobody hears
  int64_t preroll = 0;        // samples that a decoder has to hear first
};

class PacketClip {
 public:
  explicit PacketClip(const PacketClipRules& rules);

  // Adds to `chosen` what is to be copied now, in order.
  base::Status Take(const AVPacket& packet, int64_t samples,
                    std::vector<PlacedPacket>& chosen);
  int64_t start() const { return start_; }
  std::optional<int64_t> end() const { return end_; }
  // All of the clip was given.
  bool ended() const { return ended_; }

  // As of TrackRun: a jump that pays, its place and where it led.
  bool WantsJump() const;
  int64_t JumpTimestamp() const;
  void Jumped();
  bool landed() const { return !jumping_; }
  bool missed() const { return missed_; }

  // How long the track is as far as it was read.
  double length_seconds() const;

 private:
  bool Land(int64_t position);
  void Forget();

  const PacketClipRules rules_;
  const int64_t start_;
  const std::optional<int64_t> end_;
  TrackClock clock_;
  std::deque<PlacedPacket> waiting_;  // before the clip: a decoder's preroll
  bool ended_ = false;
  bool jumping_ = false;
  bool missed_ = false;
  int unplaced_ = 0;
};

}  // namespace vexaa::runner

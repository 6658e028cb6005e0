// One audio track of a source on its way to its outputs: decoded once, cut to
// the clip, and given to every output that is made of it. Thread-compatible;
// lanes and side outputs must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "runner/audio_plan.h"
#include "runner/clip_cut.h"
#include "runner/copy_lane.h"
#include "runner/media/decoder.h"
#include "runner/media/libav.h"
#include "runner/media/loudness_tap.h"
#include "runner/output_lane.h"
#include "runner/side_output.h"

namespace vexaa::runner {

class TrackRun {
 public:
  // `number`: of the audio tracks, 0 is the first.
  TrackRun(int number, AudioTrack track, const jobs::Clip& clip)
      : number_(number), track_(std::move(track)), clip_(clip), cut_(clip) {}

  int number() const { return number_; }
  const AudioTrack& track() const { return track_; }
  void AddLane(OutputLane& lane) { lanes_.push_back(&lane); }
  void AddCopy(CopyLane& lane) { copies_.push_back(&lane); }
  void AddTap(media::LoudnessTap& tap) { taps_.push_back(&tap); }
  void AddSide(SideOutput& side) { sides_.push_back(&side); }

  // Begins with a stream at its first packet. Again, from the beginning, only
  // while nothing was given to the lanes.
  base::Status Start(const AVStream& stream);
  // Decodes a packet of the track; nullptr once at the end.
  base::Status Take(const AVPacket* packet);

  // Something is made of its sound; else its packets are copied only.
  bool decodes() const {
    return !lanes_.empty() || !sides_.empty() || !taps_.empty();
  }
  // The clip's end was reached: no packet is needed any more.
  bool ended() const { return ended_; }

  // Where the clip begins lies so far ahead that a jump there pays, and its
  // samples can be told by timestamps.
  bool WantsJump() const;
  // Where to jump to, in the stream's ticks: with room for the decoder to
  // settle.
  int64_t JumpTimestamp() const;
  // The next packet comes from elsewhere.
  void Jumped();
  // The jump led behind the clip's beginning, or nobody knows where.
  bool missed() const;
  bool landed() const;

  // Something was given to every output.
  bool has_sound() const;

  const media::Decoder& decoder() const { return *decoder_; }
  std::optional<SoundFormat> sound() const { return sound_; }  // of frame one
  uint64_t samples() const { return samples_; }  // given to each lane
  double seconds() const {                       // likewise
    return decodes() || copies_.empty() ? seconds_ : copies_.front()->seconds();
  }
  // How long the track is as far as it was read.
  double length_seconds() const;

 private:
  base::Status Copy(const AVPacket& packet);
  base::Status OnFrame(const AVFrame& frame);
  base::Status OnClipFrame(const AVFrame& frame);
  base::Status Give(const AVFrame& frame);

  const int number_;
  const AudioTrack track_;
  const jobs::Clip clip_;
  const ClipCut cut_;
  std::vector<OutputLane*> lanes_;
  std::vector<CopyLane*> copies_;
  std::vector<SideOutput*> sides_;
  std::vector<media::LoudnessTap*> taps_;
  std::unique_ptr<media::Decoder> decoder_;
  std::optional<TrackClock> clock_;
  std::optional<SoundFormat> sound_;
  uint64_t samples_ = 0;
  double seconds_ = 0;
  double decoded_seconds_ = 0;
  bool ended_ = false;
  bool jumping_ = false;
  bool missed_ = false;
  int unplaced_ = 0;
};

}  // namespace vexaa::runner

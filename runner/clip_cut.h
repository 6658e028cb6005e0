// Finds a clip in the samples of a track: what lies where, and what of it is
// wanted. Positions are samples from the track's beginning. PURE.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/jobs/job_plan.h"

namespace vexaa::runner {

// Decoders need some frames before their sound is right: MP3 up to 10 for its
// bit reservoir, Opus 80 ms, block codecs one. A second is enough for all.
inline constexpr double kSettleSeconds = 1;
// At least so much must have settled when the clip begins.
inline constexpr double kLeastSettleSeconds = 0.1;
// A jump over less than this costs more than it spares.
inline constexpr double kJumpPaysSeconds = 4;
// The first frames after a jump may be cut by the decoder itself.
inline constexpr int kMaxUnplacedFrames = 8;

// A run of a frame's samples.
struct SampleRange {
  int first = 0;
  int count = 0;
  bool operator==(const SampleRange&) const = default;
};

class ClipCut {
 public:
  explicit ClipCut(const jobs::Clip& clip) : clip_(clip) {}

  bool whole() const { return clip_.start_us == 0 && clip_.duration_us == 0; }
  // What the clip wants of `samples` at that position.
  SampleRange Cut(int64_t position, int samples, int rate) const;
  int64_t StartAt(int rate) const;
  // Behind the last sample that is wanted; nothing: the track's end.
  std::optional<int64_t> EndAt(int rate) const;
  // Nothing at this position or behind it is wanted.
  bool EndsBefore(int64_t position, int rate) const;

 private:
  const jobs::Clip clip_;
};

// A decoded frame, as far as time is concerned.
struct FrameTime {
  std::optional<int64_t> timestamp;  // in ticks of its stream
  int samples = 0;
  int rate = 0;  // Hz
};

// Where decoded frames lie: counted while they follow each other, by their
// timestamps after a jump in the source and over gaps. Timestamps that are
// coarser than samples are exact by the constant length of the frames.
class TrackClock {
 public:
  // `tick_seconds`: of a timestamp. `equal_frames`: the codec's frames are all
  // of one length.
  TrackClock(double tick_seconds, bool equal_frames)
      : tick_seconds_(tick_seconds), equal_frames_(equal_frames) {}

  // The position of the next frame. Nothing: after a jump that is not known to
  // the sample.
  std::optional<int64_t> Place(const FrameTime& frame);

  // Whether positions can be told after a jump, by what was seen so far.
  bool CanJump() const;
  // The timestamp of a position, for a jump there.
  int64_t TimestampOf(int64_t position) const;
  // The next frame follows no other.
  void Jump() { jumped_ = true; }

  int64_t next() const { return next_; }  // at rate()
  int rate() const { return rate_; }

 private:
  struct Anchor {
    int64_t timestamp = 0;
    int64_t position = 0;
  };
  double TickSamples() const { return tick_seconds_ * rate_; }
  double SinceAnchor(int64_t timestamp) const;
  std::optional<int64_t> AfterJump(const FrameTime& frame) const;
  void SkipGap(int64_t timestamp);

  const double tick_seconds_;
  const bool equal_frames_;
  int rate_ = 0;
  int64_t next_ = 0;
  int frame_samples_ = 0;  // of two frames in a row
  int last_samples_ = 0;
  std::optional<Anchor> anchor_;
  bool jumped_ = false;
};

}  // namespace vexaa::runner

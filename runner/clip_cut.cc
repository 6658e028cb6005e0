#include "runner/clip_cut.h"

#include <algorithm>
#include <cmath>

namespace vexaa::runner {
namespace {

// A gap shorter than this is jitter of the timestamps; one longer than that
// is damage, as backward ones are: then the samples are counted.
constexpr double kShortestGapSeconds = 0.1;
constexpr double kLongestGapSeconds = 3600;

int64_t SamplesOf(int64_t microseconds, int rate) {
  return std::llround(static_cast<double>(microseconds) * rate / 1e6);
}

}  // namespace

int64_t ClipCut::StartAt(int rate) const {
  return SamplesOf(clip_.start_us, rate);
}

std::optional<int64_t> ClipCut::EndAt(int rate) const {
  if (clip_.duration_us == 0) return std::nullopt;
  return SamplesOf(clip_.start_us + clip_.duration_us, rate);
}

SampleRange ClipCut::Cut(int64_t position, int samples, int rate) const {
  int64_t first = std::max(StartAt(rate), position);
  int64_t end = position + samples;
  if (auto last = EndAt(rate)) end = std::min(end, *last);
  if (first >= end) return {};
  return {static_cast<int>(first - position), static_cast<int>(end - first)};
}

bool ClipCut::EndsBefore(int64_t position, int rate) const {
  auto end = EndAt(rate);
  return end && position >= *end;
}

std::optional<int64_t> TrackClock::Place(const FrameTime& frame) {
  if (rate_ != 0 && frame.rate != rate_) {
    next_ = std::llround(static_cast<double>(next_) * frame.rate / rate_);
    anchor_.reset();
    frame_samples_ = 0;
  }
  rate_ = frame.rate;
  if (jumped_) {
    auto position = AfterJump(frame);
    if (!position) return std::nullopt;
    next_ = *position;
    jumped_ = false;
  } else if (frame.timestamp) {
    SkipGap(*frame.timestamp);
  }
  frame_samples_ = frame.samples == last_samples_ ? frame.samples : 0;
  last_samples_ = frame.samples;
  if (frame.timestamp) anchor_ = Anchor{*frame.timestamp, next_};
  int64_t position = next_;
  next_ += frame.samples;
  return position;
}

bool TrackClock::CanJump() const {
  if (!anchor_) return false;
  if (TickSamples() <= 1) return true;
  return equal_frames_ && frame_samples_ > 4 * TickSamples() + 2;
}

int64_t TrackClock::TimestampOf(int64_t position) const {
  if (!anchor_) return 0;
  auto samples = static_cast<double>(position - anchor_->position);
  return anchor_->timestamp +
         static_cast<int64_t>(std::floor(samples / TickSamples()));
}

double TrackClock::SinceAnchor(int64_t timestamp) const {
  return static_cast<double>(timestamp - anchor_->timestamp) * TickSamples();
}

std::optional<int64_t> TrackClock::AfterJump(const FrameTime& frame) const {
  if (!frame.timestamp || !anchor_) return std::nullopt;
  double samples = SinceAnchor(*frame.timestamp);
  std::optional<int64_t> position;
  if (TickSamples() <= 1) position = anchor_->position + std::llround(samples);
  if (equal_frames_ && frame_samples_ > 0) {
    int64_t frames = std::llround(samples / frame_samples_);
    auto on_grid = static_cast<double>(frames * frame_samples_);
    if (std::abs(samples - on_grid) <= 2 * TickSamples() + 1)
      position = anchor_->position + frames * frame_samples_;
  }
  return position;
}

void TrackClock::SkipGap(int64_t timestamp) {
  if (!anchor_) return;
  double ahead =
      SinceAnchor(timestamp) - static_cast<double>(next_ - anchor_->position);
  if (ahead > kShortestGapSeconds * rate_ && ahead < kLongestGapSeconds * rate_)
    next_ += std::llround(ahead);
}

}  // namespace vexaa::runner

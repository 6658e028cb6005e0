// Finds the silent ranges of a sound while it streams by, sample by sample. A
// sample is silent when no channel's magnitude reaches the threshold; a range
// is as many silent samples in a row as the rule asks for, or more. Memory is
// bounded by kMaxSilentRanges. Thread-compatible.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/jobs/job_plan.h"
#include "runner/media/libav.h"

namespace vexaa::media {

// Two for each second of the longest source; 1.6 MiB.
inline constexpr size_t kMaxSilentRanges = 100'000;

// Seconds from the first sample on.
struct SilentRange {
  double start = 0;
  double end = 0;
};

struct SilenceReport {
  std::vector<SilentRange> ranges;
  double seconds = 0;         // of all sound
  double silent_seconds = 0;  // of all ranges, listed or not
  bool complete = true;       // false: there were more ranges than are listed
};

class SilenceMeter {
 public:
  explicit SilenceMeter(const jobs::SilenceRule& rule);

  // Frames of any sample format, rate and layout, which may change.
  void Push(const AVFrame& frame);
  // Ends the last range; once.
  SilenceReport Finish();

 private:
  void Scan(const float* peaks, int count, int sample_rate);
  void EndRange();

  const jobs::SilenceRule rule_;
  const float threshold_;  // linear, of full scale
  double seconds_ = 0;     // up to the current sample
  double silent_since_ = -1;
  SilenceReport report_;
};

}  // namespace vexaa::media

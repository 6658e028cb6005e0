// Tells how far a run is, not too often. Thread-compatible.
#pragma once

#include <cstdint>

#include "lib/base/clock.h"
#include "runner/audio_pipeline.h"

namespace vexaa::runner {

class ProgressMeter {
 public:
  // What is referred to must outlive it; the callback may be empty.
  ProgressMeter(const ProgressCallback& callback, const base::Clock& clock)
      : callback_(callback), clock_(clock), start_(clock.Elapsed()) {}

  // When it is time for it, as ProgressCallback says.
  void Update(double percent, double media_seconds, uint64_t bytes_read);
  void Tell(double percent, double media_seconds, uint64_t bytes_read);

 private:
  const ProgressCallback& callback_;
  const base::Clock& clock_;
  const base::Duration start_;
  base::Duration told_at_{};
  double told_percent_ = -1;
};

}  // namespace vexaa::runner

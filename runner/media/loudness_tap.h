// Measures the loudness of decoded frames that are not encoded: in the rate and
// layout of the first one. Thread-compatible.
#pragma once

#include <memory>

#include "lib/base/status.h"
#include "lib/jobs/run_outcome.h"
#include "runner/media/loudness_meter.h"
#include "runner/media/resampler.h"

namespace vexaa::media {

class LoudnessTap {
 public:
  base::Status Push(const AVFrame& frame);
  // At the end. Internal: there was no frame.
  base::Result<jobs::Loudness> Measure();

 private:
  base::Status Open(const AVFrame& frame);
  base::Status Drain();

  std::unique_ptr<Resampler> resampler_;
  std::unique_ptr<SampleFifo> fifo_;
  std::unique_ptr<LoudnessMeter> meter_;
};

}  // namespace vexaa::media

#include "runner/media/loudness_tap.h"

#include <algorithm>
#include <utility>

#include "lib/jobs/reason.h"

namespace vexaa::media {
namespace {

// A giant frame is measured in pieces.
constexpr int kPieceSamples = 8192;

}  // namespace

base::Status LoudnessTap::Push(const AVFrame& frame) {
  if (!meter_) RETURN_IF_ERROR(Open(frame));
  for (int first = 0; first < frame.nb_samples; first += kPieceSamples) {
    int samples = std::min(kPieceSamples, frame.nb_samples - first);
    RETURN_IF_ERROR(resampler_->Convert(frame, first, samples, *fifo_));
    RETURN_IF_ERROR(Drain());
  }
  return base::Status::Ok();
}

base::Status LoudnessTap::Open(const AVFrame& frame) {
  const FrameFormat format{AV_SAMPLE_FMT_FLT, frame.sample_rate,
                           LayoutOf(frame)};
  ASSIGN_OR_RETURN(meter_, LoudnessMeter::Open(format));
  resampler_ = std::make_unique<Resampler>(format);
  fifo_ = std::make_unique<SampleFifo>(format);
  return base::Status::Ok();
}

base::Status LoudnessTap::Drain() {
  if (fifo_->size() == 0) return base::Status::Ok();
  ASSIGN_OR_RETURN(FramePtr frame, fifo_->Take(fifo_->size()));
  return meter_->Push(*frame);
}

base::Result<jobs::Loudness> LoudnessTap::Measure() {
  if (!meter_)
    return jobs::Fail(jobs::Reason::kInternal, "no sound was measured");
  RETURN_IF_ERROR(resampler_->Flush(*fifo_));
  RETURN_IF_ERROR(Drain());
  return meter_->Measure();
}

}  // namespace vexaa::media

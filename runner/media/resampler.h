// Turns decoded frames of any rate, layout and format into samples of one
// format. Channels are mixed by the matrices of ITU-R BS.775, made smaller as
// far as no sum of full-scale channels exceeds full scale. When the source
// changes in mid-stream the old sound is flushed and the conversion starts
// anew. Thread-compatible.
#pragma once

#include <cstdint>

#include "lib/base/status.h"
#include "runner/media/libav.h"
#include "runner/media/sample_fifo.h"

namespace vexaa::media {

// The frame's layout, or the usual one of its channel count when it has none
// that names its channels.
AVChannelLayout LayoutOf(const AVFrame& frame);

class Resampler {
 public:
  explicit Resampler(const FrameFormat& output) : output_(output) {}

  // Converts `samples` of the frame from `first` on into `out`.
  base::Status Convert(const AVFrame& frame, int first, int samples,
                       SampleFifo& out);
  // Gives out what the filter still holds; at the end.
  base::Status Flush(SampleFifo& out);

  // What the output must have, by the input's count and rates.
  double expected_samples() const { return expected_samples_; }
  // How often the input's rate, layout or format changed.
  int changes() const { return changes_; }

 private:
  bool Fits(const AVFrame& frame) const;
  base::Status Restart(const AVFrame& frame, SampleFifo& out);
  base::Status Run(const uint8_t** data, int samples, SampleFifo& out);

  const FrameFormat output_;
  FrameFormat input_;
  SwrPtr context_;
  FramePtr converted_;  // for the moment of one call
  int room_ = 0;        // in it
  double expected_samples_ = 0;
  int changes_ = 0;
};

}  // namespace vexaa::media

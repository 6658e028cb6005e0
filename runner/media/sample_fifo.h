// Collects samples of any count and gives them back in frames of the size an
// encoder wants. Thread-compatible.
#pragma once

#include <cstdint>

#include "lib/base/status.h"
#include "runner/media/libav.h"

namespace vexaa::media {

// The sound a frame carries.
struct FrameFormat {
  AVSampleFormat sample_format = AV_SAMPLE_FMT_NONE;
  int sample_rate = 0;
  AVChannelLayout layout{};  // of a native order: owns nothing
};

class SampleFifo {
 public:
  explicit SampleFifo(const FrameFormat& format);

  const FrameFormat& format() const { return format_; }
  int size() const { return av_audio_fifo_size(fifo_.get()); }
  base::Status Write(const AVFrame& frame);
  // The oldest `samples` (at most size()), timed by the samples before.
  base::Result<FramePtr> Take(int samples);
  // The same, into a frame of this format with room for them.
  base::Status Take(int samples, AVFrame& frame);
  // How many samples were written in all.
  uint64_t samples_in() const { return samples_in_; }

 private:
  FrameFormat format_;
  AudioFifoPtr fifo_;
  uint64_t samples_in_ = 0;
  int64_t samples_out_ = 0;
};

// A frame of that format with room for `samples`.
base::Result<FramePtr> MakeFrame(const FrameFormat& format, int samples);

}  // namespace vexaa::media

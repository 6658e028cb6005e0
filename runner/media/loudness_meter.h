// Measures loudness as EBU R 128 and ITU-R BS.1770 define it: integrated,
// range and true peak, of a sound that streams by. Memory does not grow with
// its length. Thread-compatible.
#pragma once

#include <memory>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/run_outcome.h"
#include "runner/media/libav.h"
#include "runner/media/sample_fifo.h"

namespace vexaa::media {

class LoudnessMeter {
 public:
  // OutOfMemory: no memory for its filters.
  static base::Result<std::unique_ptr<LoudnessMeter>> Open(
      const FrameFormat& format);
  ~LoudnessMeter();
  LoudnessMeter(const LoudnessMeter&) = delete;
  LoudnessMeter& operator=(const LoudnessMeter&) = delete;

  // A frame of that format.
  base::Status Push(const AVFrame& frame);
  // Silence has an integrated loudness of -infinity.
  base::Result<jobs::Loudness> Measure() const;

 private:
  struct Handle;  // of the library
  LoudnessMeter(const FrameFormat& format, std::unique_ptr<Handle> handle);
  base::Status PushFloats(const AVFrame& frame);

  const FrameFormat format_;
  const std::unique_ptr<Handle> handle_;
  std::vector<float> interleaved_;
};

}  // namespace vexaa::media

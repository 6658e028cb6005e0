// Frames of one format and size that go around between who fills them and who
// uses them up: new ones for every 20 ms of sound would cost each side as much
// time in malloc as a fiftieth of encoding it takes. Holds no more frames than
// were out at once. Thread-safe.
#pragma once

#include <mutex>
#include <vector>

#include "lib/base/status.h"
#include "runner/media/libav.h"
#include "runner/media/sample_fifo.h"

namespace vexaa::media {

class FramePool {
 public:
  FramePool(const FrameFormat& format, int samples)
      : format_(format), samples_(samples) {}

  // A frame with room for all its samples, whatever is in it.
  base::Result<FramePtr> Take();
  // Of this pool. Freed, if somebody else still holds its samples.
  void Give(FramePtr frame);

 private:
  const FrameFormat format_;
  const int samples_;
  std::mutex mutex_;
  std::vector<FramePtr> free_;  // the latest last; guarded by mutex_
};

}  // namespace vexaa::media

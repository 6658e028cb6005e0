// Frames of one format and size that go around between who fills them and who
// uses them up: new ones for every 20 ms of sound would cost each side as much
// time in malloc as a fiftieth of encoding it takes. Whoever fills them waits
// when all are out. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <vector>

#include "lib/base/status.h"
#include "runner/media/libav.h"
#include "runner/media/sample_fifo.h"

namespace vexaa::media {

class FramePool {
 public:
  // `most`: frames at once. Once all are out, Take waits until some are back,
  // an eighth of them: a wake-up for each would cost a tenth of encoding it.
  FramePool(const FrameFormat& format, int samples, size_t most)
      : format_(format), samples_(samples), most_(most) {}

  // A frame with room for all its samples, whatever is in it. Cancelled:
  // stopped while it waited.
  base::Result<FramePtr> Take(std::stop_token stop = {});
  // Of this pool. Freed, if somebody else still holds its samples.
  void Give(FramePtr frame);

 private:
  // With mutex_ held.
  size_t Room() const { return free_.size() + most_ - made_; }

  const FrameFormat format_;
  const int samples_;
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable_any given_;
  // Guarded by mutex_.
  std::vector<FramePtr> free_;  // the latest last
  size_t made_ = 0;             // free ones and those that are out
};

}  // namespace vexaa::media

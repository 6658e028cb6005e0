#include "runner/media/frame_pool.h"

#include <utility>

namespace vexaa::media {

base::Result<FramePtr> FramePool::Take() {
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      FramePtr frame = std::move(free_.back());
      free_.pop_back();
      return frame;
    }
  }
  return MakeFrame(format_, samples_);
}

void FramePool::Give(FramePtr frame) {
  if (av_frame_is_writable(frame.get()) == 0) return;
  frame->nb_samples = samples_;
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(frame));
}

}  // namespace vexaa::media

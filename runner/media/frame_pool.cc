#include "runner/media/frame_pool.h"

#include <utility>

namespace vexaa::media {

base::Result<FramePtr> FramePool::Take(std::stop_token stop) {
  {
    std::unique_lock lock(mutex_);
    const bool some = Room() > 0 || given_.wait(lock, stop, [this] {
      return Room() > most_ / 8;
    });
    if (!some)
      return base::Status(base::Code::kCancelled,
                          "stopped while all frames were in use");
    if (!free_.empty()) {
      FramePtr frame = std::move(free_.back());
      free_.pop_back();
      return frame;
    }
    ++made_;
  }
  return MakeFrame(format_, samples_);
}

void FramePool::Give(FramePtr frame) {
  const bool whole = av_frame_is_writable(frame.get()) != 0;
  std::lock_guard lock(mutex_);
  if (whole) {
    frame->nb_samples = samples_;
    free_.push_back(std::move(frame));
  } else {
    --made_;
  }
  // Room grows by one: it is passed once.
  if (Room() == most_ / 8 + 1) given_.notify_all();
}

}  // namespace vexaa::media

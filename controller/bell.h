// Wakes a waiting thread before its time. A ring is kept until it is heard;
// several are heard as one. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "lib/base/clock.h"

namespace vexaa::controller {

class Bell {
 public:
  void Ring() {
    std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }

  // Until rung, stopped, or for `at_most`. True when it was rung.
  bool Wait(base::Duration at_most, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::move(stop), at_most, [this] { return rung_; });
    return std::exchange(rung_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool rung_ = false;  // guarded by mutex_
};

}  // namespace vexaa::controller

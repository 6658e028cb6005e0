// A clock that only a test moves; Sleep moves it at once and is remembered.
// Thread-safe.
#pragma once

#include <mutex>
#include <vector>

#include "lib/base/clock.h"

namespace vexaa::objects {

class ManualClock final : public base::Clock {
 public:
  explicit ManualClock(
      base::Time now = base::Time(std::chrono::seconds(1'700'000'000)))
      : now_(now) {}

  base::Time Now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  base::Duration Elapsed() const override { return Now().time_since_epoch(); }
  bool Sleep(base::Duration duration, std::stop_token stop) override {
    std::lock_guard lock(mutex_);
    now_ += duration;
    slept_.push_back(duration);
    return !stop.stop_requested();
  }
  void Advance(base::Duration duration) {
    std::lock_guard lock(mutex_);
    now_ += duration;
  }
  std::vector<base::Duration> slept() const {
    std::lock_guard lock(mutex_);
    return slept_;
  }

 private:
  mutable std::mutex mutex_;
  base::Time now_;                     // guarded by mutex_
  std::vector<base::Duration> slept_;  // guarded by mutex_
};

}  // namespace vexaa::objects

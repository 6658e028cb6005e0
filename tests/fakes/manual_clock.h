// A Clock that moves only by Advance: sleepers wake when their time has come.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "lib/base/clock.h"

namespace vexaa::base {

class ManualClock final : public Clock {
 public:
  Time Now() const override {
    return Time(std::chrono::hours(24 * 365 * 50)) + Elapsed();
  }
  Duration Elapsed() const override {
    const std::lock_guard lock(mutex_);
    return elapsed_;
  }
  bool Sleep(Duration duration, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    const Duration until = elapsed_ + duration;
    ++sleeper_count_;
    changed_.notify_all();
    const bool slept =
        changed_.wait(lock, stop, [&] { return elapsed_ >= until; });
    --sleeper_count_;
    return slept;
  }

  void Advance(Duration duration) {
    const std::lock_guard lock(mutex_);
    elapsed_ += duration;
    changed_.notify_all();
  }
  // Until so many threads sleep.
  void WaitForSleepers(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sleeper_count_ >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Duration elapsed_ = std::chrono::hours(1);
  int sleeper_count_ = 0;
};

}  // namespace vexaa::base

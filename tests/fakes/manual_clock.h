// A Clock that moves only by Advance: sleepers wake when their time has come.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>

#include "lib/base/clock.h"

namespace vexaa::base {

class ManualClock final : public Clock {
 public:
  // 2020 and an hour after boot, at first.
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
    const auto sleeper = wake_times_.insert(until);
    changed_.notify_all();
    const bool slept =
        changed_.wait(lock, stop, [&] { return elapsed_ >= until; });
    wake_times_.erase(sleeper);
    changed_.notify_all();
    return slept;
  }

  void Advance(Duration duration) {
    const std::lock_guard lock(mutex_);
    elapsed_ += duration;
    changed_.notify_all();
  }
  // Until some thread sleeps that would wake within `duration`, and none that
  // is due is still on its way to wake.
  void WaitForSleeper(Duration duration) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return !wake_times_.empty() && *wake_times_.begin() > elapsed_ &&
             *wake_times_.begin() <= elapsed_ + duration;
    });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Duration elapsed_ = std::chrono::hours(1);
  std::multiset<Duration> wake_times_;
};

}  // namespace vexaa::base

// Sees to it that a stopped process ends in time even when a stage hangs: so
// long after a stop was requested it calls `on_overdue`, which must not
// return to waiting. Destroyed in time, it does nothing. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "lib/base/clock.h"

namespace vexaa::runner {

// Of the 20 s after a stop: the uploads' removal has 8, the rest is reserve.
inline constexpr base::Duration kStopWithin = std::chrono::seconds(16);

class ExitGuard {
 public:
  // `clock` must outlive this.
  ExitGuard(std::stop_token stop, base::Clock& clock,
            std::function<void()> on_overdue);

 private:
  void Watch(std::stop_token ended);

  base::Clock& clock_;
  const std::function<void()> on_overdue_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool stopped_ = false;  // guarded by mutex_
  std::stop_callback<std::function<void()>> on_stop_;
  std::jthread thread_;
};

}  // namespace vexaa::runner

// Time as a seam. Wall time is UTC; elapsed time runs through suspend
// (CLOCK_BOOTTIME), so a woken machine sees how long it was away.
// Implementations are thread-safe.
#pragma once

#include <chrono>
#include <stop_token>

namespace vexaa::base {

using Duration = std::chrono::microseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
  // Time since boot, suspend included; only differences mean anything.
  virtual Duration Elapsed() const = 0;
  // Sleeps that long; false when `stop` was requested first.
  virtual bool Sleep(Duration duration, std::stop_token stop) = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override;
  Duration Elapsed() const override;
  bool Sleep(Duration duration, std::stop_token stop) override;
};

}  // namespace vexaa::base

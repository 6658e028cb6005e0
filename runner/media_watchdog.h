// Ends a run whose media code computes and computes and gets nowhere: a
// decoder that loops cannot be interrupted from inside. Waiting for storage
// is no business of this: it costs no CPU and has deadlines of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::runner {

// Beats whenever bytes of the source are taken or bytes of an output are
// given. Thread-safe.
class Pulse {
 public:
  void Beat() { beats_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> beats_{0};
};

// Judges a run by what it has used and done so far. Pure state.
class StuckRule {
 public:
  // CorruptInput: no beat in the last kMaxStuckCpu. InputTooLarge: kMaxCpu
  // was used. Nothing: it may go on.
  std::optional<base::Status> Judge(uint64_t beats, base::Duration cpu);

 private:
  uint64_t beats_ = 0;
  base::Duration cpu_at_beat_{};
};

class MediaWatchdog {
 public:
  // `cpu_time` tells what the process has used. `on_stuck` is called once, in
  // the watchdog's thread, and must end the process. The references must
  // outlive this.
  MediaWatchdog(const Pulse& pulse, base::Clock& clock,
                std::function<base::Duration()> cpu_time,
                std::function<void(const base::Status&)> on_stuck);

 private:
  void Watch(std::stop_token ended);

  const Pulse& pulse_;
  base::Clock& clock_;
  const std::function<base::Duration()> cpu_time_;
  const std::function<void(const base::Status&)> on_stuck_;
  std::jthread thread_;
};

// All threads of this process together.
base::Duration ProcessCpuTime();

}  // namespace vexaa::runner

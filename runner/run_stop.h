// Why a run must end early, and the token that tells every stage. A deadline
// and a signal both end up here; the first one decides the reason.
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::runner {

class RunStop {
 public:
  // `signal` is the process's own stop; `timeout` zero: no deadline. `clock`
  // must outlive this.
  RunStop(std::stop_token signal, base::Duration timeout, base::Clock& clock);

  std::stop_token token() const { return source_.get_token(); }
  // What stopped the run: Evicted or DeadlineExceeded; OK while it may go on.
  base::Status Cause() const;

 private:
  enum class Kind { kNone, kSignal, kDeadline };
  void Stop(Kind kind);

  const base::Duration timeout_;
  std::atomic<Kind> kind_{Kind::kNone};
  std::stop_source source_;
  std::stop_callback<std::function<void()>> on_signal_;
  std::jthread deadline_;
};

}  // namespace vexaa::runner

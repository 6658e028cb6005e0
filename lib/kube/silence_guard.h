// Ends a blocking call when nothing was heard for a while: hand `token()` to
// the call and Touch() at every sign of life. Thread-safe.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "lib/base/clock.h"

namespace vexaa::kube {

class SilenceGuard {
 public:
  // `clock` must outlive the guard. A stop of `outer` stops the call too.
  SilenceGuard(base::Clock& clock, base::Duration limit, std::stop_token outer);

  std::stop_token token() const { return call_.get_token(); }
  void Touch() { touched_at_ = clock_.Elapsed(); }
  bool fired() const { return fired_; }

 private:
  struct StopCall {
    std::stop_source& call;
    void operator()() const { call.request_stop(); }
  };
  void Run(std::stop_token stop);

  base::Clock& clock_;
  const base::Duration limit_;
  std::atomic<base::Duration> touched_at_;
  std::atomic<bool> fired_ = false;
  std::stop_source call_;
  std::stop_callback<StopCall> on_outer_stop_;
  std::jthread thread_;  // the last member: it uses the others
};

}  // namespace vexaa::kube

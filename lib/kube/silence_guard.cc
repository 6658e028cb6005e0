#include "lib/kube/silence_guard.h"

#include <utility>

namespace vexaa::kube {

SilenceGuard::SilenceGuard(base::Clock& clock, base::Duration limit,
                           std::stop_token outer)
    : clock_(clock),
      limit_(limit),
      touched_at_(clock.Elapsed()),
      on_outer_stop_(std::move(outer), StopCall{call_}),
      thread_([this](std::stop_token stop) { Run(stop); }) {}

void SilenceGuard::Run(std::stop_token stop) {
  while (true) {
    const base::Duration left = touched_at_.load() + limit_ - clock_.Elapsed();
    if (left <= base::Duration::zero()) break;
    if (!clock_.Sleep(left, stop)) return;
  }
  fired_ = true;
  call_.request_stop();
}

}  // namespace vexaa::kube

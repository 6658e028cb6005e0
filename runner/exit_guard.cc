#include "runner/exit_guard.h"

#include <utility>

namespace vexaa::runner {

ExitGuard::ExitGuard(std::stop_token stop, base::Clock& clock,
                     std::function<void()> on_overdue)
    : clock_(clock),
      on_overdue_(std::move(on_overdue)),
      on_stop_(std::move(stop),
               [this] {
                 std::lock_guard lock(mutex_);
                 stopped_ = true;
                 changed_.notify_all();
               }),
      thread_([this](std::stop_token ended) { Watch(ended); }) {}

void ExitGuard::Watch(std::stop_token ended) {
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, ended, [this] { return stopped_; })) return;
  }
  if (clock_.Sleep(kStopWithin, ended)) on_overdue_();
}

}  // namespace vexaa::runner

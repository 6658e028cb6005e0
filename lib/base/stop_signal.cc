#include "lib/base/stop_signal.h"

#include <csignal>
#include <ctime>

namespace vexaa::base {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

StopSignal::StopSignal() {
  sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::jthread([this](std::stop_token ended) {
    sigset_t waited = StopSignals();
    // Wakes often enough for the destructor not to be felt.
    const timespec slice{0, 100'000'000};
    while (!ended.stop_requested()) {
      if (sigtimedwait(&waited, nullptr, &slice) > 0) source_.request_stop();
    }
  });
}

StopSignal::~StopSignal() = default;

}  // namespace vexaa::base

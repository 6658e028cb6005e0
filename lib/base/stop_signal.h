// Turns SIGTERM and SIGINT into a stop request. Make one at the start of
// main(), before any other thread: it blocks both signals for all of them.
#pragma once

#include <stop_token>
#include <thread>

namespace vexaa::base {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  void RequestStop() { source_.request_stop(); }

 private:
  std::stop_source source_;
  std::jthread thread_;
};

}  // namespace vexaa::base

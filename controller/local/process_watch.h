// Sleeps until a watched process ends, somebody wakes it, or time is up.
// Thread-safe; one thread waits.
#pragma once

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/base/unique_fd.h"

namespace vexaa::controller {

class ProcessWatch {
 public:
  static base::Result<ProcessWatch> Make();

  // Until the descriptor is closed. An ended process wakes every Wait().
  base::Status Add(int pidfd);
  void Wake();
  void Wait(base::Duration at_most);

 private:
  base::UniqueFd epoll_;
  base::UniqueFd wake_;  // an eventfd
};

}  // namespace vexaa::controller

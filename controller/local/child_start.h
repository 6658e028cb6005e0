// What a new process does between fork and exec. The controller has threads,
// so only async-signal-safe calls are made here, and nothing is allocated:
// everything is prepared in a ChildPlan before the fork.
#pragma once

#include <csignal>

namespace vexaa::controller {

// Descriptors are above 3; all pointers belong to the parent's side.
struct ChildPlan {
  const char* program = nullptr;
  char* const* arguments = nullptr;    // null-terminated
  char* const* environment = nullptr;  // null-terminated
  int null_fd = -1;                    // becomes stdin
  int log_fd = -1;                     // becomes stdout and stderr
  int lock_fd = -1;                    // becomes 3 and stays open
  int error_fd = -1;   // closed by a successful exec, else gets errno as an int
  int last_fd = 1024;  // highest descriptor that may be open
};

// Never returns.
[[noreturn]] void StartChild(const ChildPlan& plan);

}  // namespace vexaa::controller

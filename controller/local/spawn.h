// Starts a process that outlives us. Thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/base/unique_fd.h"

namespace vexaa::controller {

struct SpawnRequest {
  std::string program;                             // absolute path
  std::vector<std::string> arguments;              // after the program's name
  std::map<std::string, std::string> environment;  // all of it
  base::UniqueFd log;                              // stdout and stderr
  base::UniqueFd lock;  // its descriptor 3, the only one passed
};

// The pidfd of a process in a session of its own that has become `program`.
// kInvalidArgument: the program cannot be run; no process is left.
// kResourceExhausted: no room for another process.
base::Result<base::UniqueFd> Spawn(SpawnRequest request);

}  // namespace vexaa::controller

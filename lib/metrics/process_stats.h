// What this process uses, from /proc. Zeroes where /proc does not tell.
#pragma once

namespace vexaa::metrics {

struct ProcessStats {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double threads = 0;
  double start_time_seconds = 0;  // Unix time
};

ProcessStats ReadProcessStats();

}  // namespace vexaa::metrics

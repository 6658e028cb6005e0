// Where a runner leaves its outcome, and the figures of the process it holds.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <string>

#include "lib/base/status.h"
#include "lib/jobs/run_outcome.h"

namespace vexaa::runner {

// The file a kubelet reads a container's last words from; it is a mount, so
// it can be written but neither renamed nor replaced.
inline constexpr char kTerminationLog[] = "/dev/termination-log";

// Writes the outcome so that a reader sees all of it or nothing: a file of its
// own is written aside, synced and renamed; a termination log or a device is
// written in place (there its CRC tells a cut one).
base::Status WriteOutcome(const std::string& path,
                          const jobs::RunOutcome& outcome);

struct ProcessUsage {
  uint64_t cpu_ms = 0;          // user and system time, all threads
  uint64_t peak_rss_bytes = 0;  // 0 when the kernel does not tell
};

ProcessUsage MeasureProcess();

}  // namespace vexaa::runner

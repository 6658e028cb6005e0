// What is written down about a local attempt, as text and as values. Pure.
// pod.json is final before the process is made; what only the process knows
// (its pid and start time) it writes into the lock file by itself, before it
// becomes the runner. So there is no moment at which a running one is unknown.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::controller {

struct AttemptRecord {
  std::string name;
  std::string uid;
  std::string boot_id;  // of the kernel that it was made under
  std::map<std::string, std::string> labels;
  base::Time created_at;
  int timeout_seconds = 0;
  bool operator==(const AttemptRecord&) const = default;
};

std::string FormatRecord(const AttemptRecord& record);
base::Result<AttemptRecord> ParseRecord(std::string_view json);

// A process by what stays its own when its pid is given to another.
struct ProcessId {
  pid_t pid = 0;
  uint64_t start_time = 0;  // clock ticks since boot
  bool operator==(const ProcessId&) const = default;
};

// Reads /proc/PID/stat; nothing when it is cut or is not of that form.
std::optional<ProcessId> ParseProcStat(std::string_view stat);

struct ExitStatus {
  int code = -1;  // -1: nobody saw it; 128 + signal when a signal ended it
  int signal = 0;
  base::Time finished_at;
  bool operator==(const ExitStatus&) const = default;
};

std::string FormatExit(const ExitStatus& exit);
base::Result<ExitStatus> ParseExit(std::string_view json);

}  // namespace vexaa::controller

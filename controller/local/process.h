// Processes by pidfd: found, signalled and waited for without ever meeting
// another process that was given the same pid. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "controller/local/attempt_record.h"
#include "lib/base/status.h"
#include "lib/base/unique_fd.h"

namespace vexaa::controller {

// Changes with every boot of the kernel; pids mean nothing across it.
base::Result<std::string> ReadBootId();

// A descriptor of the process that has this pid now; invalid with errno.
base::UniqueFd OpenPidfd(pid_t pid);

// A descriptor of that very process; kNotFound when it has gone.
base::Result<base::UniqueFd> OpenProcess(const ProcessId& id);

// True once it has ended, whoever its parent is.
bool HasEnded(int pidfd);

// Signals the process and its group (alone on kernels before 6.9).
void SignalProcess(int pidfd, int signal);

// Takes the exit status of an ended child; nothing when it is not ours.
std::optional<ExitStatus> ReapProcess(int pidfd, base::Time now);

}  // namespace vexaa::controller

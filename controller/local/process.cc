#include "controller/local/process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "controller/local/file_io.h"

// Linux 6.9; newer than the headers of Debian 12.
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1U << 2)
#endif

namespace vexaa::controller {

using base::Code;
using base::Result;
using base::Status;
using base::UniqueFd;

namespace {

// glibc 2.36 declares its wrappers without extern "C".
long Send(int pidfd, int signal, unsigned flags) {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, flags);
}

}  // namespace

UniqueFd OpenPidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

Result<std::string> ReadBootId() {
  ASSIGN_OR_RETURN(std::string id,
                   ReadSmallFile("/proc/sys/kernel/random/boot_id", 64));
  while (id.ends_with('\n')) id.pop_back();
  return id;
}

Result<UniqueFd> OpenProcess(const ProcessId& id) {
  // The descriptor first: if the pid still names `id` afterwards, it did then.
  UniqueFd fd = OpenPidfd(id.pid);
  if (!fd.valid() && errno != ESRCH)
    return ErrnoStatus("watch process " + std::to_string(id.pid), errno);
  Result<std::string> stat =
      ReadSmallFile("/proc/" + std::to_string(id.pid) + "/stat", 4096);
  if (!fd.valid() || !stat.ok() || ParseProcStat(*stat) != id)
    return Status(Code::kNotFound,
                  "process " + std::to_string(id.pid) + " has gone");
  return fd;
}

bool HasEnded(int pidfd) {
  pollfd waited{.fd = pidfd, .events = POLLIN, .revents = 0};
  return ::poll(&waited, 1, 0) == 1;
}

void SignalProcess(int pidfd, int signal) {
  // Failing means that it has ended, which is seen anyway.
  if (Send(pidfd, signal, PIDFD_SIGNAL_PROCESS_GROUP) != 0 && errno == EINVAL)
    Send(pidfd, signal, 0);
}

std::optional<ExitStatus> ReapProcess(int pidfd, base::Time now) {
  siginfo_t info{};
  int waited = 0;
  do {
    waited =
        ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
  } while (waited != 0 && errno == EINTR);
  if (waited != 0 || info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED)
    return ExitStatus{.code = info.si_status, .signal = 0, .finished_at = now};
  return ExitStatus{.code = 128 + info.si_status,
                    .signal = info.si_status,
                    .finished_at = now};
}

}  // namespace vexaa::controller

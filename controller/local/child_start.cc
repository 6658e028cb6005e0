#include "controller/local/child_start.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace vexaa::controller {
namespace {

constexpr int kLockFd = 3;
constexpr int kFirstUnknownFd = 4;

void ResetSignals() {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  // What is ignored stays so over exec; libc keeps its own two from us.
  for (int signal = 1; signal < NSIG; ++signal)
    ::sigaction(signal, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool PlaceDescriptors(const ChildPlan& plan) {
  return ::dup2(plan.null_fd, STDIN_FILENO) >= 0 &&
         ::dup2(plan.log_fd, STDOUT_FILENO) >= 0 &&
         ::dup2(plan.log_fd, STDERR_FILENO) >= 0 &&
         ::dup2(plan.lock_fd, kLockFd) >= 0;
}

// A library may have opened a socket without O_CLOEXEC: a database connection
// must never reach a process that parses other people's files.
void CloseTheRestOnExec(const ChildPlan& plan) {
  if (::syscall(SYS_close_range, kFirstUnknownFd, ~0U, CLOSE_RANGE_CLOEXEC) ==
      0)
    return;
  for (int fd = kFirstUnknownFd; fd <= plan.last_fd; ++fd)
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void LimitHarm() {
  rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // When memory runs out, the runner goes before the controller.
  int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] ssize_t ignored = ::write(fd, "500", 3);
  ::close(fd);
}

// /proc/self/stat has pid and start time; both stay through exec.
bool WriteOwnStat() {
  char stat[1024];
  int fd = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t count = ::read(fd, stat, sizeof(stat));
  ::close(fd);
  return count > 0 &&
         ::write(kLockFd, stat, static_cast<size_t>(count)) == count;
}

[[noreturn]] void GiveUp(const ChildPlan& plan) {
  int error = errno;
  // An empty lock file says that no runner ever began here.
  [[maybe_unused]] int cut = ::ftruncate(kLockFd, 0);
  [[maybe_unused]] ssize_t told = ::write(plan.error_fd, &error, sizeof(error));
  ::_exit(127);
}

}  // namespace

void StartChild(const ChildPlan& plan) {
  ResetSignals();
  if (::setsid() < 0 || !PlaceDescriptors(plan)) GiveUp(plan);
  CloseTheRestOnExec(plan);
  LimitHarm();
  if (::chdir("/") != 0 || !WriteOwnStat()) GiveUp(plan);
  ::execve(plan.program, plan.arguments, plan.environment);
  GiveUp(plan);
}

}  // namespace vexaa::controller

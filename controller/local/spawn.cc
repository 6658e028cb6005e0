#include "controller/local/spawn.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "controller/local/child_start.h"
#include "controller/local/file_io.h"
#include "controller/local/process.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Result;
using base::Status;
using base::UniqueFd;

std::vector<char*> PointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> ArgumentsOf(const SpawnRequest& request) {
  std::vector<std::string> all{request.program};
  all.insert(all.end(), request.arguments.begin(), request.arguments.end());
  return all;
}

std::vector<std::string> EnvironmentOf(const SpawnRequest& request) {
  std::vector<std::string> all;
  for (const auto& [name, value] : request.environment)
    all.push_back(name + "=" + value);
  return all;
}

int LastDescriptor() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus("make a pipe", errno);
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Above what the child sets up anew.
  UniqueFd moved(::fcntl(pipe.write_end.get(), F_DUPFD_CLOEXEC, 10));
  if (!moved.valid()) return ErrnoStatus("make a pipe", errno);
  pipe.write_end = std::move(moved);
  return pipe;
}

// Forks with every signal blocked: no handler of ours may run in the child.
pid_t ForkInto(const ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = ::fork();
  if (pid == 0) StartChild(plan);
  int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

// The errno of a failed start; 0 once the program runs.
int AwaitStart(Pipe pipe) {
  pipe.write_end.Reset();
  int error = 0;
  ssize_t count = 0;
  do {
    count = ::read(pipe.read_end.get(), &error, sizeof(error));
  } while (count < 0 && errno == EINTR);
  return count == sizeof(error) ? error : 0;
}

void Reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status NotRunnable(const std::string& program, int error) {
  return Status(Code::kInvalidArgument,
                ErrnoStatus("run " + program, error).message());
}

}  // namespace

Result<UniqueFd> Spawn(SpawnRequest request) {
  std::vector<std::string> arguments = ArgumentsOf(request);
  std::vector<std::string> environment = EnvironmentOf(request);
  std::vector<char*> argument_pointers = PointersTo(arguments);
  std::vector<char*> environment_pointers = PointersTo(environment);
  ASSIGN_OR_RETURN(UniqueFd null, OpenFile("/dev/null", O_RDONLY));
  ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
  pid_t pid = ForkInto({.program = request.program.c_str(),
                        .arguments = argument_pointers.data(),
                        .environment = environment_pointers.data(),
                        .null_fd = null.get(),
                        .log_fd = request.log.get(),
                        .lock_fd = request.lock.get(),
                        .error_fd = pipe.write_end.get(),
                        .last_fd = LastDescriptor()});
  if (pid < 0) return ErrnoStatus("start a process", errno);
  if (int error = AwaitStart(std::move(pipe)); error != 0) {
    Reap(pid);
    return NotRunnable(request.program, error);
  }
  // Nobody else waits for it, so the pid is its own until we do.
  UniqueFd pidfd = OpenPidfd(pid);
  if (pidfd.valid()) return pidfd;
  Status unwatched = ErrnoStatus("watch the new process", errno);
  ::kill(-pid, SIGKILL);
  Reap(pid);
  return unwatched;
}

}  // namespace vexaa::controller

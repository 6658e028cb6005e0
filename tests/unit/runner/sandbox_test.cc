#include "runner/sandbox.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

namespace vexaa::runner {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kFiltered = false;
#else
constexpr bool kFiltered = true;
#endif

// Whether `holds` is true in a process of its own inside the sandbox.
bool HoldsInside(const std::function<bool()>& holds) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(EnterSandbox().ok() && holds() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool IsRefused(long result) { return result < 0 && errno == EPERM; }

TEST(Sandbox, LetsAProgramDoWhatARunnerDoes) {
  EXPECT_TRUE(HoldsInside([] {
    bool ran = false;
    std::thread([&] { ran = true; }).join();
    std::ifstream file("/proc/self/status");
    return ran && file.good() && ::socket(AF_INET, SOCK_STREAM, 0) >= 0 &&
           ::kill(::getpid(), 0) == 0;
  }));
}

TEST(Sandbox, StartsNoProgram) {
  if (!kFiltered) GTEST_SKIP() << "sanitizers run without the filter";
  EXPECT_TRUE(HoldsInside([] {
    char* const arguments[] = {nullptr};
    return IsRefused(::execve("/bin/true", arguments, arguments)) &&
           IsRefused(::fork()) && IsRefused(::syscall(SYS_vfork));
  }));
}

TEST(Sandbox, ReachesNoOtherProcess) {
  if (!kFiltered) GTEST_SKIP() << "sanitizers run without the filter";
  EXPECT_TRUE(HoldsInside([] {
    return IsRefused(::kill(::getppid(), 0)) &&
           IsRefused(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr));
  }));
}

TEST(Sandbox, MakesNoMemoryThatIsWrittenAndRun) {
  if (!kFiltered) GTEST_SKIP() << "sanitizers run without the filter";
  EXPECT_TRUE(HoldsInside([] {
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED && errno == EPERM;
  }));
}

TEST(Sandbox, OpensNoRawSocket) {
  if (!kFiltered) GTEST_SKIP() << "sanitizers run without the filter";
  EXPECT_TRUE(
      HoldsInside([] { return IsRefused(::socket(AF_PACKET, SOCK_RAW, 0)); }));
}

TEST(Sandbox, LeavesNoCoreWithCredentials) {
  EXPECT_TRUE(HoldsInside([] {
    rlimit limit{};
    return ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0;
  }));
}

}  // namespace
}  // namespace vexaa::runner

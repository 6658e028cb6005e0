#include "runner/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "runner/media/limits.h"

namespace vexaa::runner {
namespace {

using base::Status;

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;
#endif

// LeakSanitizer debugs its own process.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr std::array kRefused = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kexec_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_open_by_handle_at,
    SYS_io_uring_setup,
    SYS_swapon,
    SYS_swapoff,
    SYS_reboot,
    SYS_acct,
    SYS_quotactl,
    SYS_personality,
    SYS_setuid,
    SYS_setgid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_mknodat,
    SYS_pidfd_getfd,
    SYS_memfd_create,
    SYS_kcmp,
#if defined(__x86_64__)
    SYS_fork,
    SYS_vfork,
    SYS_mknod,
    SYS_modify_ldt,
#endif
};

class Filter {
 public:
  Filter() {
    Load(offsetof(seccomp_data, arch));
    // Calls by another architecture's numbers would pass the list below.
    JumpUnless(BPF_JEQ, kArchitecture, 1);
    Skip(1);
    Return(SECCOMP_RET_KILL_PROCESS);
    Load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    constexpr uint32_t kX32 = 0x40000000;
    RefuseIf(BPF_JGE, kX32, EPERM);
#endif
    for (long call : kRefused)
      RefuseIf(BPF_JEQ, static_cast<uint32_t>(call), EPERM);
    // glibc falls back to clone, whose flags a filter can see.
    RefuseIf(BPF_JEQ, SYS_clone3, ENOSYS);
    RefuseCall(SYS_clone, 0, CLONE_THREAD, 0);
    RefuseCall(SYS_mmap, 2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC);
    RefuseCall(SYS_mprotect, 2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC);
    RefuseOthers(SYS_kill);
    RefuseOthers(SYS_tgkill);
    RefuseFamilies();
    Return(SECCOMP_RET_ALLOW);
  }

  bool Install() const {
    sock_fprog program{static_cast<unsigned short>(code_.size()),
                       const_cast<sock_filter*>(code_.data())};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  void Load(size_t offset) {
    code_.push_back(
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)));
  }
  void LoadArgument(int index) {
    Load(offsetof(seccomp_data, args) +
         sizeof(uint64_t) * static_cast<size_t>(index));
  }
  void Return(uint32_t action) {
    code_.push_back(BPF_STMT(BPF_RET | BPF_K, action));
  }
  void Skip(uint32_t count) {
    code_.push_back(BPF_STMT(BPF_JMP | BPF_JA, count));
  }
  void JumpUnless(uint16_t test, uint32_t value, uint8_t count) {
    code_.push_back(sock_filter{static_cast<uint16_t>(BPF_JMP | test | BPF_K),
                                0, count, value});
  }
  void RefuseIf(uint16_t test, uint32_t value, uint32_t error) {
    JumpUnless(test, value, 1);
    Return(SECCOMP_RET_ERRNO | error);
  }
  // Refuses the call when its argument, masked, has that value.
  void RefuseCall(long call, int argument, uint32_t mask, uint32_t value) {
    JumpUnless(BPF_JEQ, static_cast<uint32_t>(call), 5);
    LoadArgument(argument);
    code_.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
    RefuseIf(BPF_JEQ, value, EPERM);
    Load(offsetof(seccomp_data, nr));
  }
  // Signals are for this process only: abort() sends one.
  void RefuseOthers(long call) {
    JumpUnless(BPF_JEQ, static_cast<uint32_t>(call), 4);
    LoadArgument(0);
    JumpUnless(BPF_JEQ, static_cast<uint32_t>(::getpid()), 1);
    Return(SECCOMP_RET_ALLOW);
    Return(SECCOMP_RET_ERRNO | EPERM);
  }
  // Names are looked up over netlink and, by some systems, a local socket.
  void RefuseFamilies() {
    constexpr std::array kFamilies = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
    constexpr auto kLines = static_cast<uint8_t>(2 + 2 * kFamilies.size());
    JumpUnless(BPF_JEQ, SYS_socket, kLines);
    LoadArgument(0);
    for (int family : kFamilies) {
      JumpUnless(BPF_JEQ, static_cast<uint32_t>(family), 1);
      Return(SECCOMP_RET_ALLOW);
    }
    Return(SECCOMP_RET_ERRNO | EPERM);
  }

  std::vector<sock_filter> code_;
};

bool Limit(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return false;
  limit.rlim_max = std::min(limit.rlim_max, most);
  limit.rlim_cur = std::min(limit.rlim_cur, most);
  return ::setrlimit(resource, &limit) == 0;
}

// The media watchdog ends a run earlier, and with its reason.
constexpr rlim_t kCpuSeconds = media::kMaxCpu.count() + 300;

}  // namespace

Status EnterSandbox() {
  std::string refused;
  auto note = [&](bool done, const char* what) {
    if (!done) refused += (refused.empty() ? "" : ", ") + std::string(what);
  };
  note(Limit(RLIMIT_CORE, 0), "no core dumps");
  note(Limit(RLIMIT_CPU, kCpuSeconds), "a limit of CPU time");
  note(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
  if (kArchitecture != 0 && !kSanitized)
    note(Filter().Install(), "a filter of system calls");
  if (refused.empty()) return Status::Ok();
  return Status(base::Code::kUnavailable,
                "this kernel refuses the sandbox's " + refused);
}

}  // namespace vexaa::runner

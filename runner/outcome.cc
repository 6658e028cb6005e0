#include "runner/outcome.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "lib/base/unique_fd.h"

namespace vexaa::runner {
namespace {

using base::Status;

Status SystemError(const std::string& what, const std::string& path) {
  return Status(base::Code::kUnavailable,
                what + " " + path + ": " + std::strerror(errno));
}

Status WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write", path);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

Status WriteInPlace(const std::string& path, std::string_view text) {
  base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!fd.valid()) return SystemError("cannot open", path);
  return WriteAll(fd.get(), text, path);
}

Status SyncFolderOf(const std::string& path) {
  size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  base::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return SystemError("cannot open", folder);
  return ::fsync(fd.get()) == 0 ? Status::Ok()
                                : SystemError("cannot sync", folder);
}

Status WriteAside(const std::string& path, std::string_view text) {
  const std::string aside = path + ".tmp";
  base::UniqueFd fd(
      ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return SystemError("cannot create", aside);
  RETURN_IF_ERROR(WriteAll(fd.get(), text, aside));
  if (::fsync(fd.get()) != 0) return SystemError("cannot sync", aside);
  if (::rename(aside.c_str(), path.c_str()) != 0)
    return SystemError("cannot rename to", path);
  return SyncFolderOf(path);
}

bool IsWrittenInPlace(const std::string& path) {
  if (path == kTerminationLog) return true;
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

uint64_t Milliseconds(const timeval& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1000 +
         static_cast<uint64_t>(time.tv_usec) / 1000;
}

// VmHWM of /proc/self/status, a line like "VmHWM:     12345 kB".
uint64_t PeakRssBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    uint64_t kib = 0;
    std::istringstream(line.substr(6)) >> kib;
    return kib * 1024;
  }
  return 0;
}

}  // namespace

Status WriteOutcome(const std::string& path, const jobs::RunOutcome& outcome) {
  const std::string text = jobs::FormatRunOutcome(outcome);
  return IsWrittenInPlace(path) ? WriteInPlace(path, text)
                                : WriteAside(path, text);
}

ProcessUsage MeasureProcess() {
  ProcessUsage usage;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    usage.cpu_ms = Milliseconds(used.ru_utime) + Milliseconds(used.ru_stime);
  usage.peak_rss_bytes = PeakRssBytes();
  return usage;
}

}  // namespace vexaa::runner

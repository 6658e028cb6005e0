// The real vexaa-runner as a child process with an environment of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vexaa::runner {

using Environment = std::map<std::string, std::string>;

class RunnerProcess {
 public:
  // Output goes to files in `folder`. Ends the program when it cannot start.
  RunnerProcess(const std::filesystem::path& folder,
                const std::vector<std::string>& flags,
                const Environment& environment);
  ~RunnerProcess();  // kills it when it still runs
  RunnerProcess(const RunnerProcess&) = delete;
  RunnerProcess& operator=(const RunnerProcess&) = delete;

  void Signal(int number) const;
  // Its exit code, or 128 + the signal that ended it.
  int Wait();
  std::string Stdout() const;
  std::string Stderr() const;

 private:
  const std::filesystem::path folder_;
  pid_t pid_ = -1;
};

std::string ReadFile(const std::filesystem::path& path);

// A folder of a random name, removed with all in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A WAV of `hours` of silence that takes no room on the disk: work enough for
// a test that interrupts it.
void WriteLongWav(const std::filesystem::path& path, int hours);

}  // namespace vexaa::runner

#include "tests/integration/runner_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void RedirectTo(posix_spawn_file_actions_t& actions, int fd,
                const fs::path& path) {
  posix_spawn_file_actions_addopen(&actions, fd, path.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

void Append(std::string& text, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
}

}  // namespace

RunnerProcess::RunnerProcess(const fs::path& folder,
                             const std::vector<std::string>& flags,
                             const Environment& environment)
    : folder_(folder) {
  std::vector<std::string> arguments = {VEXAA_RUNNER};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment)
    variables.push_back(name + "=" + value);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  RedirectTo(actions, 1, folder_ / "stdout");
  RedirectTo(actions, 2, folder_ / "stderr");
  int failed =
      posix_spawn(&pid_, VEXAA_RUNNER, &actions, nullptr,
                  Pointers(arguments).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) std::abort();
}

RunnerProcess::~RunnerProcess() {
  if (pid_ < 0) return;
  Signal(SIGKILL);
  Wait();
}

void RunnerProcess::Signal(int number) const { ::kill(pid_, number); }

int RunnerProcess::Wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string RunnerProcess::Stdout() const {
  return ReadFile(folder_ / "stdout");
}

std::string RunnerProcess::Stderr() const {
  return ReadFile(folder_ / "stderr");
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern =
      fs::canonical(fs::temp_directory_path()) / "vexaa-XXXXXX";
  path_ = ::mkdtemp(pattern.data());
}

TemporaryFolder::~TemporaryFolder() { fs::remove_all(path_); }

void WriteLongWav(const fs::path& path, int hours) {
  constexpr uint32_t kBytesPerSecond = 44'100 * 4;
  const uint32_t bytes = static_cast<uint32_t>(hours) * 3600 * kBytesPerSecond;
  std::string header = "RIFF";
  Append(header, bytes + 36, 4);
  header += "WAVEfmt ";
  Append(header, 16, 4);
  Append(header, 1, 2);  // PCM
  Append(header, 2, 2);  // channels
  Append(header, 44'100, 4);
  Append(header, kBytesPerSecond, 4);
  Append(header, 4, 2);   // bytes per sample of all channels
  Append(header, 16, 2);  // bits
  header += "data";
  Append(header, bytes, 4);
  std::ofstream(path, std::ios::binary) << header;
  fs::resize_file(path, header.size() + bytes);
}

}  // namespace vexaa::runner

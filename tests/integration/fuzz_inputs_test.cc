// What ./dev fuzz begins with goes through its target in every run of the
// tests, too: the hostile files, and those of every container and codec.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "tests/fuzz/fuzz_input.h"
#include "tests/integration/runner_process.h"
#include "tests/unit/runner/media/hostile_files.h"

namespace vexaa::fuzz {
namespace {

namespace fs = std::filesystem;

// Audio, metadata, silence, a thumbnail and loudness; the same of a clip, with
// a length that lies.
constexpr int kEverything = 1 | 2 | 4 | 8 | 16;
constexpr int kLyingClip = kEverything | 32 | 64;

void ExpectAnEnd(const std::string& name, std::vector<std::byte> bytes,
                 int profile) {
  bytes.resize(bytes.size() + 2);
  for (int sides : {kEverything, kLyingClip}) {
    bytes.end()[-2] = static_cast<std::byte>(profile);
    bytes.back() = static_cast<std::byte>(sides);
    const base::Status end = RunInput(bytes);
    EXPECT_TRUE(IsItsOwnFault(end)) << name << ": " << end;
  }
}

TEST(FuzzInputs, HostileFilesEnd) {
  const media::Canary canary{"http://127.0.0.1:9/canary", "/canary", 9};
  int profile = 0;
  for (const auto& files :
       {media::FilesThatName(canary), media::FilesWithGiantTables(),
        media::FilesWithWildTimes(), media::FilesWithLoops(),
        media::FilesWithWildClaims(), media::FilesOfWildSamples()})
    for (const media::HostileFile& file : files)
      ExpectAnEnd(file.name, file.bytes, profile++);
}

TEST(FuzzInputs, FilesOfEveryContainerEnd) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(VEXAA_TESTDATA))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  ASSERT_FALSE(paths.empty());
  int profile = 0;
  for (const fs::path& path : paths) {
    const std::string text = runner::ReadFile(path);
    auto bytes = std::as_bytes(std::span(text));
    ExpectAnEnd(path.filename(), {bytes.begin(), bytes.end()}, profile++);
  }
}

}  // namespace
}  // namespace vexaa::fuzz

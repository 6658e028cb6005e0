// Files made to harm whoever reads them, given to the real program: each ends
// with a reason of its own, and with little memory and computing.
#include <gtest/gtest.h>

#include <fstream>

#include "lib/jobs/location.h"
#include "lib/jobs/run_outcome.h"
#include "lib/jobs/run_spec.h"
#include "tests/integration/runner_process.h"
#include "tests/unit/runner/media/hostile_files.h"

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;
using jobs::OutputKind;
using jobs::Reason;
using media::HostileFile;

// What a pod is given by default.
constexpr uint64_t kMemoryBytes = 256u << 20;
// The watchdog's: whatever is read no more is no use.
constexpr uint64_t kCpuMs = 60'000;

std::string FileUri(const fs::path& path) {
  return jobs::FormatLocation({jobs::Location::Kind::kFile, "", path.string()});
}

// Everything that can be made of a source.
jobs::RunSpec SpecFor(const fs::path& source, const fs::path& folder) {
  jobs::RunSpec spec;
  spec.attempt = {jobs::JobId(7), 1};
  spec.token = "7.1.00ff";
  spec.source_uri = FileUri(source);
  spec.plan.loudness = true;
  for (OutputKind kind : {OutputKind::kAudio, OutputKind::kMetadata,
                          OutputKind::kSilence, OutputKind::kThumbnail}) {
    jobs::OutputPlan output;
    output.index = static_cast<int>(spec.plan.outputs.size());
    output.kind = kind;
    output.profile = *jobs::FindBuiltInProfile("mp3-128k");
    output.uri = FileUri(folder / jobs::OutputKindName(kind));
    spec.plan.outputs.push_back(output);
  }
  return spec;
}

void ExpectToEnd(const HostileFile& file) {
  SCOPED_TRACE(file.name);
  TemporaryFolder folder;
  const fs::path source = folder.path() / "source.mp4";
  std::ofstream(source, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.bytes.data()),
             static_cast<std::streamsize>(file.bytes.size()));
  const fs::path outcome_file = folder.path() / "outcome";
  RunnerProcess process(
      folder.path(), {},
      {{"VEXAA_RUN_SPEC", jobs::FormatRunSpec(SpecFor(source, folder.path()))},
       {"VEXAA_OUTCOME_FILE", outcome_file.string()},
       {"VEXAA_FOLDER_ROOTS", folder.path().string()}});
  EXPECT_LT(process.Wait(), 128) << process.Stderr();
  auto outcome = jobs::ParseRunOutcome(ReadFile(outcome_file));
  ASSERT_TRUE(outcome.ok()) << outcome.status() << "\n" << process.Stderr();
  EXPECT_NE(outcome->reason, Reason::kInternal) << outcome->message;
  EXPECT_GT(outcome->peak_rss_bytes, 0u);
  EXPECT_LT(outcome->peak_rss_bytes, kMemoryBytes) << outcome->message;
  EXPECT_GT(outcome->cpu_ms, 0u);
  EXPECT_LT(outcome->cpu_ms, kCpuMs) << outcome->message;
}

void ExpectToEnd(const std::vector<HostileFile>& files) {
  ASSERT_FALSE(files.empty());
  for (const HostileFile& file : files) ExpectToEnd(file);
}

TEST(HostileToTheProgram, Names) {
  ExpectToEnd(media::FilesThatName(
      {"http://127.0.0.1:9/canary", "/nonexistent/canary", 9}));
}
TEST(HostileToTheProgram, GiantTables) {
  ExpectToEnd(media::FilesWithGiantTables());
}
TEST(HostileToTheProgram, WildTimes) {
  ExpectToEnd(media::FilesWithWildTimes());
}
TEST(HostileToTheProgram, Loops) { ExpectToEnd(media::FilesWithLoops()); }
TEST(HostileToTheProgram, WildClaims) {
  ExpectToEnd(media::FilesWithWildClaims());
}
TEST(HostileToTheProgram, WildSamples) {
  ExpectToEnd(media::FilesOfWildSamples());
}

}  // namespace
}  // namespace vexaa::runner

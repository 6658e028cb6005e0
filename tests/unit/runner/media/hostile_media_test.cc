// Damaged files end in a result or in a typed reason, never in anything else.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

using jobs::Reason;
using media::LoadFile;
using media::MemorySink;
using media::MemorySource;

void ExpectTypedEnd(std::vector<std::byte> bytes, const std::string& what) {
  MemorySource source(std::move(bytes));
  MemorySink sink;
  std::vector<OutputRequest> outputs = {
      {*jobs::FindBuiltInProfile("speech-16k"), &sink}};
  base::SystemClock clock;
  auto report = RunPipeline(source, outputs, {}, clock, {});
  EXPECT_EQ(report.ok(), sink.finished) << what;
  if (report.ok()) return;
  auto reason = jobs::ReasonOf(report.status());
  ASSERT_TRUE(reason) << what << ": " << report.status();
  EXPECT_TRUE(*reason == Reason::kInputUnreadable ||
              *reason == Reason::kNoAudioStream ||
              *reason == Reason::kUnsupportedCodec ||
              *reason == Reason::kInputTooLarge ||
              *reason == Reason::kCorruptInput)
      << what << ": " << report.status();
}

class Hostile : public testing::TestWithParam<const char*> {};

TEST_P(Hostile, EndsTypedWhenCutAtEveryTenth) {
  auto bytes = LoadFile(GetParam());
  for (size_t tenth = 1; tenth < 10; ++tenth) {
    std::vector<std::byte> cut(
        bytes.begin(),
        bytes.begin() + static_cast<ptrdiff_t>(bytes.size() * tenth / 10));
    ExpectTypedEnd(std::move(cut), "cut at tenth " + std::to_string(tenth));
  }
}

TEST_P(Hostile, EndsTypedWhenBytesAreSpoiled) {
  auto bytes = LoadFile(GetParam());
  uint32_t random = 12345;
  auto next = [&random] {
    return (random = random * 1664525 + 1013904223) >> 8;
  };
  for (int round = 0; round < 25; ++round) {
    auto spoiled = bytes;
    // Early rounds hit the headers, later ones anything.
    size_t reach =
        round < 12 ? std::min<size_t>(1500, bytes.size()) : bytes.size();
    for (int i = 0; i < 1 + round % 8; ++i)
      spoiled[next() % reach] = static_cast<std::byte>(next());
    ExpectTypedEnd(std::move(spoiled), "round " + std::to_string(round));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Testdata, Hostile,
    testing::Values("moov_first_aac.mp4", "moov_last_aac.mp4",
                    "fragmented_aac.mp4", "alac.mov", "aac.mkv", "opus.webm",
                    "mp3.avi", "aac.flv", "wmav2.wmv", "ac3.ts", "amr_nb.3gp",
                    "vorbis.ogg", "flac.flac", "mp3.mp3"),
    [](const auto& info) {
      std::string name = info.param;
      name[name.find('.')] = '_';
      return name;
    });

}  // namespace
}  // namespace vexaa::runner

// Damaged files end in a result or in a typed reason, never in anything else.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "runner/media/limits.h"
#include "tests/unit/runner/media/canary.h"
#include "tests/unit/runner/media/file_parts.h"
#include "tests/unit/runner/media/hostile_files.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

using jobs::Reason;
using media::LoadFile;
using media::MemorySource;

// Counts what it is given and keeps nothing.
class CountingSink final : public media::OutputSink {
 public:
  size_t head_bytes() const override { return 64 << 10; }
  base::Status Write(std::span<const std::byte> data) override {
    bytes += data.size();
    return base::Status::Ok();
  }
  base::Status Finish(std::span<const std::byte>) override {
    finished = true;
    return base::Status::Ok();
  }

  uint64_t bytes = 0;
  bool finished = false;
};

bool BlamesTheSource(Reason reason) {
  return reason == Reason::kInputUnreadable ||
         reason == Reason::kNoAudioStream ||
         reason == Reason::kUnsupportedCodec ||
         reason == Reason::kInputTooLarge || reason == Reason::kCorruptInput ||
         reason == Reason::kInvalidJob;  // a thumbnail of no video
}

jobs::OutputPlan PlanOf(jobs::OutputKind kind, const char* profile) {
  jobs::OutputPlan plan;
  plan.kind = kind;
  if (kind == jobs::OutputKind::kAudio)
    plan.profile = *jobs::FindBuiltInProfile(profile);
  return plan;
}

// A run with every kind of output: a result or a typed reason, and no file is
// read over and over.
void ExpectTypedEnd(std::vector<std::byte> bytes, const std::string& what,
                    jobs::OutputPlan plan = PlanOf(jobs::OutputKind::kAudio,
                                                   "speech-16k"),
                    const jobs::Clip& clip = {}) {
  MemorySource source(std::move(bytes));
  CountingSink sink;
  PipelineRequest request{.clip = clip, .outputs = {}};
  request.outputs.push_back(OutputTo(sink, std::move(plan)));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  EXPECT_LE(source.bytes_read, 20 * source.size() + (1 << 20)) << what;
  if (report.ok()) {
    EXPECT_TRUE(sink.finished) << what;
    return;
  }
  auto reason = jobs::ReasonOf(report.status());
  ASSERT_TRUE(reason) << what << ": " << report.status();
  EXPECT_TRUE(BlamesTheSource(*reason)) << what << ": " << report.status();
  EXPECT_FALSE(report.status().message().empty()) << what;
}

constexpr jobs::OutputKind kSides[] = {jobs::OutputKind::kMetadata,
                                       jobs::OutputKind::kSilence,
                                       jobs::OutputKind::kThumbnail};

// Of the beginning, and of what follows, of 100 ms of sound.
constexpr jobs::Clip kClips[] = {{0, 50'000}, {30'000, 50'000}};

// Once for the audio alone, once for each side output alone, and for copies.
void ExpectTypedEnds(const std::vector<media::HostileFile>& files) {
  const auto copy = PlanOf(jobs::OutputKind::kAudio, "copy");
  for (const media::HostileFile& file : files) {
    SCOPED_TRACE(file.name);
    ExpectTypedEnd(file.bytes, file.name);
    for (jobs::OutputKind side : kSides)
      ExpectTypedEnd(file.bytes, file.name, PlanOf(side, ""));
    ExpectTypedEnd(file.bytes, file.name, copy);
    for (const jobs::Clip& clip : kClips)
      ExpectTypedEnd(file.bytes, file.name, copy, clip);
  }
}

// Otherwise the files below would prove nothing.
TEST(HostileFile, IsReadWhenNothingInItLies) {
  for (const std::string& text :
       {media::MakeMovie({}), media::MakeMatroska("", media::Cluster(0))}) {
    auto bytes = std::as_bytes(std::span(text));
    MemorySource source({bytes.begin(), bytes.end()});
    CountingSink sink;
    PipelineRequest request;
    request.outputs.push_back(
        OutputTo(sink, PlanOf(jobs::OutputKind::kAudio, "wav")));
    base::SystemClock clock;
    auto report = RunPipeline(source, request, {}, clock, {});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->outputs[0].sample_rate, 8000);
    EXPECT_GE(report->outputs[0].samples, 100u);
  }
}

TEST(CanaryTrap, NoticesWhoeverReadsItsFile) {
  media::CanaryTrap trap;
  EXPECT_EQ(trap.Touched(), "");
  std::ifstream(trap.canary().path).get();
  EXPECT_EQ(trap.Touched(), "the file");
}

TEST(HostileFile, TouchesNothingThatItNames) {
  media::CanaryTrap trap;
  for (const media::HostileFile& file : media::FilesThatName(trap.canary())) {
    ExpectTypedEnds({file});
    EXPECT_EQ(trap.Touched(), "") << file.name;
  }
}

// How a run with that output ends.
base::Status EndOf(const media::HostileFile& file, jobs::OutputPlan plan) {
  MemorySource source(file.bytes);
  CountingSink sink;
  PipelineRequest request;
  request.outputs.push_back(OutputTo(sink, std::move(plan)));
  base::SystemClock clock;
  return RunPipeline(source, request, {}, clock, {}).status();
}

// What docs/untrusted-media.md says of each limit.
TEST(HostileFile, SaysWhichLimitItIsBeyond) {
  const std::map<std::string, Reason> wanted = {
      {"300 tracks", Reason::kInputUnreadable},
      {"17 channels", Reason::kUnsupportedCodec},
      {"1 Hz", Reason::kUnsupportedCodec},
  };
  size_t met = 0;
  for (const auto& files :
       {media::FilesWithWildClaims(), media::FilesWithLoops()})
    for (const media::HostileFile& file : files) {
      auto reason = wanted.find(file.name);
      if (reason == wanted.end()) continue;
      ++met;
      base::Status end = EndOf(file, PlanOf(jobs::OutputKind::kAudio, "wav"));
      EXPECT_EQ(jobs::ReasonOf(end), reason->second)
          << file.name << ": " << end;
    }
  EXPECT_EQ(met, wanted.size());
}

TEST(HostileFile, EndsTypedWithGiantTables) {
  ExpectTypedEnds(media::FilesWithGiantTables());
}

TEST(HostileFile, EndsTypedWithWildTimes) {
  ExpectTypedEnds(media::FilesWithWildTimes());
}

TEST(HostileFile, EndsTypedWithLoops) {
  ExpectTypedEnds(media::FilesWithLoops());
}

TEST(HostileFile, EndsTypedWithWildClaims) {
  ExpectTypedEnds(media::FilesWithWildClaims());
}

TEST(HostileFile, EndsTypedWithWildSamples) {
  ExpectTypedEnds(media::FilesOfWildSamples());
}

// Encoders fail on them, or end the process.
TEST(HostileFile, GivesWhatIsNoSoundToNoEncoder) {
  for (const media::HostileFile& file : media::FilesOfWildSamples())
    for (const char* profile :
         {"mp3-128k", "aac-160k", "opus-96k", "flac", "wav"}) {
      SCOPED_TRACE(file.name + " to " + profile);
      MemorySource source(file.bytes);
      CountingSink sink;
      PipelineRequest request;
      request.outputs.push_back(
          OutputTo(sink, PlanOf(jobs::OutputKind::kAudio, profile)));
      base::SystemClock clock;
      auto report = RunPipeline(source, request, {}, clock, {});
      ASSERT_TRUE(report.ok()) << report.status();
      EXPECT_GT(report->outputs[0].samples, 22'000u);
      EXPECT_GT(report->source.damaged_packets, 0u);
    }
}

TEST(HostileFile, StopsAtTheLongestSoundThatIsAllowed) {
  media::HostileFile bomb = media::SilenceBomb();
  EXPECT_LT(bomb.bytes.size(), 100'000u);
  base::Status end = EndOf(bomb, PlanOf(jobs::OutputKind::kSilence, ""));
  EXPECT_EQ(jobs::ReasonOf(end), Reason::kInputTooLarge) << end;
}

// Samples of two bytes that tell the time of 100 are not cut by that time.
TEST(HostileCopy, TakesNoMoreOfAPacketThanItHolds) {
  media::Movie movie;
  movie.stts =
      media::Big32(1) + media::Big32(movie.samples) + media::Big32(100);
  const std::string text = media::MakeMovie(movie);
  auto bytes = std::as_bytes(std::span(text));
  MemorySource source({bytes.begin(), bytes.end()});
  CountingSink sink;
  PipelineRequest request{.clip = {0, 2'000'000}, .outputs = {}};
  request.outputs.push_back(
      OutputTo(sink, PlanOf(jobs::OutputKind::kAudio, "copy")));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_LE(report->outputs[0].samples, movie.samples);
  EXPECT_LE(report->outputs[0].bytes, text.size());
}

// The audio, and each side output alone.
void ExpectTypedEndOfEach(const std::vector<std::byte>& bytes,
                          const std::string& what) {
  ExpectTypedEnd(bytes, what);
  for (jobs::OutputKind side : kSides)
    ExpectTypedEnd(bytes, what, PlanOf(side, ""));
}

class Hostile : public testing::TestWithParam<const char*> {};

TEST_P(Hostile, EndsTypedWhenCutAtEveryTenth) {
  auto bytes = LoadFile(GetParam());
  for (size_t tenth = 1; tenth < 10; ++tenth) {
    std::vector<std::byte> cut(
        bytes.begin(),
        bytes.begin() + static_cast<ptrdiff_t>(bytes.size() * tenth / 10));
    ExpectTypedEndOfEach(cut, "cut at tenth " + std::to_string(tenth));
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
    ExpectTypedEndOfEach(spoiled, "round " + std::to_string(round));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Testdata, Hostile,
    testing::Values("moov_first_aac.mp4", "moov_last_aac.mp4",
                    "fragmented_aac.mp4", "alac.mov", "aac.mkv", "opus.webm",
                    "mp3.avi", "aac.flv", "wmav2.wmv", "ac3.ts", "amr_nb.3gp",
                    "vorbis.ogg", "flac.flac", "mp3.mp3", "pcm_s16le.wav",
                    "mp2.mpg", "adts.aac", "aac.m2ts", "aac.m4v"),
    [](const auto& info) {
      std::string name = info.param;
      name[name.find('.')] = '_';
      return name;
    });

}  // namespace
}  // namespace vexaa::runner

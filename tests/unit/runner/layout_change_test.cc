// Sources whose channels change in mid-file: stereo, then mono, then 5.1. In
// Matroska the codec's packets have to tell: AC-3 does, AAC cannot.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "runner/audio_pipeline.h"
#include "tests/unit/runner/media/media_files.h"
#include "tests/unit/runner/media/movie_maker.h"

namespace vexaa::runner {
namespace {

using media::MemorySink;
using media::MemorySource;

constexpr int kRate = 48'000;
constexpr int kSecondsEach = 2;

// Three files in a row, as recorders of broadcasts leave them.
std::vector<std::byte> Joined(const char* format) {
  std::vector<std::byte> joined;
  for (int channels : {2, 1, 6}) {
    auto part = media::EncodeMovie({.format = format,
                                    .codec = "aac",
                                    .seconds = kSecondsEach,
                                    .channels = {channels}});
    joined.insert(joined.end(), part.begin(), part.end());
  }
  return joined;
}

std::vector<std::byte> InOneMatroska() {
  return media::EncodeMovie({.format = "matroska",
                             .codec = "ac3",
                             .seconds = 3 * kSecondsEach,
                             .channels = {2, 1, 6}});
}

// Mean level of one channel of 16-bit stereo.
double Level(const std::vector<int16_t>& samples, double from_seconds,
             double seconds, size_t channel) {
  double sum = 0;
  auto first = static_cast<size_t>(from_seconds * kRate);
  auto count = static_cast<size_t>(seconds * kRate);
  for (size_t i = first; i < first + count; ++i)
    sum += std::abs(samples.at(2 * i + channel));
  return sum / static_cast<double>(count);
}

std::vector<int16_t> Decode(const std::vector<std::byte>& file) {
  MemorySource source(file);
  MemorySink sink;
  PipelineRequest request{.clip = {}, .loudness = false, .outputs = {}};
  request.outputs.push_back(
      OutputTo(sink, {.profile = *jobs::FindBuiltInProfile("wav")}));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  EXPECT_TRUE(report.ok()) << report.status();
  if (!report.ok()) return {};
  EXPECT_EQ(report->outputs[0].channels, 2);
  auto wav = sink.File();
  std::vector<int16_t> samples(report->outputs[0].samples * 2);
  size_t bytes = samples.size() * sizeof(int16_t);
  std::memcpy(samples.data(), wav.data() + wav.size() - bytes, bytes);
  return samples;
}

void ExpectSoundThroughout(const std::vector<std::byte>& movie) {
  const std::vector<std::string> kSettings = {
      R"({"codec":"pcm_s16le"})", R"({"codec":"flac"})",
      R"({"codec":"opus","bitrate":96000})",
      R"({"codec":"mp3","bitrate":128000})"};
  MemorySource source(movie);
  std::vector<MemorySink> sinks(kSettings.size());
  PipelineRequest request{.clip = {}, .loudness = false, .outputs = {}};
  for (size_t i = 0; i < sinks.size(); ++i)
    request.outputs.push_back(OutputTo(
        sinks[i], {.index = static_cast<int>(i),
                   .profile = *jobs::ParseProfile("test", kSettings[i])}));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_NEAR(static_cast<double>(report->source.samples),
              3.0 * kSecondsEach * kRate, 8192);
  for (size_t i = 0; i < sinks.size(); ++i) {
    SCOPED_TRACE(kSettings[i]);
    EXPECT_EQ(report->outputs[i].samples, report->source.samples);
    auto samples = Decode(sinks[i].File());
    ASSERT_EQ(samples.size(), 2 * report->source.samples);
    for (int part = 0; part < 3; ++part)
      for (size_t channel : {0u, 1u})
        EXPECT_GT(Level(samples, part * kSecondsEach + 0.5, 1, channel), 1'000)
            << "part " << part << ", channel " << channel;
  }
}

TEST(LayoutChange, SurvivesInATransportStream) {
  ExpectSoundThroughout(Joined("mpegts"));
}

TEST(LayoutChange, SurvivesInAdts) { ExpectSoundThroughout(Joined("adts")); }

TEST(LayoutChange, SurvivesInMatroska) {
  ExpectSoundThroughout(InOneMatroska());
}

}  // namespace
}  // namespace vexaa::runner

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "lib/jobs/profile.h"
#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "tests/unit/runner/media/media_files.h"
#include "tests/unit/runner/media/mp4_reader.h"

namespace vexaa::runner {
namespace {

using media::LoadFile;
using media::MemorySink;
using media::MemorySource;

// As large as the parts of an upload: an M4A's index has to fit in.
constexpr size_t kHead = 8 << 20;

jobs::Profile ProfileOf(const std::string& settings) {
  auto profile = jobs::ParseProfile("test", settings);
  EXPECT_TRUE(profile.ok()) << profile.status();
  return profile.ok() ? *profile : jobs::Profile{};
}

base::Result<PipelineReport> Make(std::vector<std::byte> file,
                                  const std::string& settings,
                                  MemorySink& sink) {
  MemorySource source(std::move(file));
  base::SystemClock clock;
  PipelineRequest request{.clip = {}, .loudness = false, .outputs = {}};
  request.outputs.push_back(OutputTo(sink, {.profile = ProfileOf(settings)}));
  return RunPipeline(source, request, {}, clock, {});
}

// The samples of a finished file, as 32-bit floats, by decoding it once more.
std::vector<std::byte> Decoded(
    std::vector<std::byte> file,
    const char* settings = R"({"codec":"pcm_f32le"})",
    uint64_t* samples = nullptr) {
  MemorySink wav(kHead);
  auto report = Make(std::move(file), settings, wav);
  EXPECT_TRUE(report.ok()) << report.status();
  if (samples != nullptr && report.ok()) *samples = report->outputs[0].samples;
  return wav.File();
}

uint64_t CountSamples(std::vector<std::byte> file) {
  uint64_t samples = 0;
  Decoded(std::move(file), R"({"codec":"pcm_f32le"})", &samples);
  return samples;
}

struct Format {
  const char* name;
  const char* settings;
};

const Format kFormats[] = {
    {"Mp3", R"({"codec":"mp3","bitrate":128000})"},
    {"Mp3V2", R"({"codec":"mp3","quality":2})"},
    {"Wav16", R"({"codec":"pcm_s16le"})"},
    {"Wav24", R"({"codec":"pcm_s24le"})"},
    {"WavFloat", R"({"codec":"pcm_f32le"})"},
    {"WavInMka", R"({"codec":"pcm_s16le","container":"mka"})"},
    {"Flac", R"({"codec":"flac"})"},
    {"FlacInOgg", R"({"codec":"flac","container":"ogg"})"},
    {"FlacInMka", R"({"codec":"flac","container":"mka"})"},
    {"Opus", R"({"codec":"opus","bitrate":96000})"},
    {"OpusInMka", R"({"codec":"opus","bitrate":96000,"container":"mka"})"},
};

class EveryCodec : public testing::TestWithParam<Format> {};

TEST_P(EveryCodec, DecodesToAsManySamplesAsWereEncoded) {
  MemorySink sink(kHead);
  auto report = Make(LoadFile("moov_first_aac.mp4"), GetParam().settings, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const OutputReport& output = report->outputs[0];
  EXPECT_TRUE(output.gapless);
  EXPECT_EQ(output.bytes, sink.File().size());
  bool opus = output.sample_rate == 48'000;
  EXPECT_EQ(output.samples, opus ? 96'967u : 89'088u);
  EXPECT_EQ(CountSamples(sink.File()), output.samples);
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryCodec, testing::ValuesIn(kFormats),
                         [](const auto& info) { return info.param.name; });

TEST(Codecs, LosslessOnesKeepEveryBitOfALosslessSource) {
  const auto source = LoadFile("pcm_s24le.mov");
  const auto wanted = Decoded(source, R"({"codec":"pcm_s24le"})");
  for (const char* settings :
       {R"({"codec":"flac"})", R"({"codec":"flac","container":"ogg"})",
        R"({"codec":"flac","container":"mka"})", R"({"codec":"pcm_s24le"})",
        R"({"codec":"pcm_s24le","container":"mka"})"}) {
    MemorySink sink(kHead);
    auto report = Make(source, settings, sink);
    ASSERT_TRUE(report.ok()) << settings << report.status();
    EXPECT_TRUE(Decoded(sink.File(), R"({"codec":"pcm_s24le"})") == wanted)
        << settings;
  }
}

// ffmpeg 5.1 never trims the end of an MP4; the tables say what players hear.
void ExpectExactM4a(const std::vector<std::byte>& file, uint64_t samples) {
  media::Mp4Times times = media::ReadMp4Times(file);
  EXPECT_EQ(times.movie_timescale, times.media_timescale);
  EXPECT_EQ(times.edit_duration, samples);
  EXPECT_EQ(times.edit_media_time, 1024);
  EXPECT_EQ(times.table_duration, samples + 1024);
  EXPECT_EQ(times.media_duration, samples + 1024);
  EXPECT_LT(times.index_at, times.media_at);
}

TEST(Codecs, M4aIsExactByItsTablesAndEditList) {
  MemorySink sink(kHead);
  auto report = Make(LoadFile("moov_first_aac.mp4"),
                     R"({"codec":"aac","bitrate":160000})", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outputs[0].samples, 89'088u);
  EXPECT_TRUE(report->outputs[0].gapless);
  ExpectExactM4a(sink.File(), 89'088);
}

TEST(Codecs, M4aIsFragmentedWhereTheLengthIsUnknown) {
  for (size_t head : {kHead, size_t{0}}) {
    MemorySink sink(head);
    auto report = Make(LoadFile(head == 0 ? "moov_first_aac.mp4" : "aac.ts"),
                       R"({"codec":"aac","bitrate":96000})", sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_FALSE(report->outputs[0].gapless);
    EXPECT_GE(CountSamples(sink.File()), report->outputs[0].samples);
    EXPECT_LT(CountSamples(sink.File()), report->outputs[0].samples + 2'049);
  }
}

TEST(Codecs, AacAndMp3InMatroskaSayThatTheyAreNotGapless) {
  for (const char* settings :
       {R"({"codec":"aac","bitrate":96000,"container":"mka"})",
        R"({"codec":"mp3","bitrate":96000,"container":"mka"})"}) {
    MemorySink sink(kHead);
    auto report = Make(LoadFile("moov_first_aac.mp4"), settings, sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_FALSE(report->outputs[0].gapless);
    EXPECT_GE(CountSamples(sink.File()), report->outputs[0].samples);
  }
}

TEST(Codecs, HigherQualityOfMp3TakesMoreBytes) {
  std::map<int, size_t> bytes;
  for (int quality : {0, 4, 9}) {
    MemorySink sink(kHead);
    auto report = Make(
        LoadFile("sample.mp4"),
        R"({"codec":"mp3","quality":)" + std::to_string(quality) + "}", sink);
    ASSERT_TRUE(report.ok()) << report.status();
    bytes[quality] = sink.File().size();
  }
  EXPECT_GT(bytes[0], bytes[4]);
  EXPECT_GT(bytes[4], bytes[9]);
}

TEST(Codecs, WorkInAPipe) {
  for (const Format& format : kFormats) {
    MemorySink sink(0);
    auto report = Make(LoadFile("moov_first_aac.mp4"), format.settings, sink);
    EXPECT_TRUE(report.ok()) << format.name << report.status();
  }
}

}  // namespace
}  // namespace vexaa::runner

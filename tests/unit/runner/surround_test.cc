// Sound of more than two channels.
#include <gtest/gtest.h>

#include "lib/jobs/profile.h"
#include "runner/audio_pipeline.h"
#include "runner/media/demuxer.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

struct Case {
  const char* name;
  const char* settings;
  int channels;
};

class Surround : public testing::TestWithParam<Case> {};

TEST_P(Surround, HasTheChannelsThatProfileAndCodecLeave) {
  media::MemorySink sink(8 << 20);
  media::MemorySource source(media::LoadFile("ac3.mp4"));  // 5.1
  auto profile = jobs::ParseProfile("test", GetParam().settings);
  ASSERT_TRUE(profile.ok()) << profile.status();
  PipelineRequest request{.clip = {}, .loudness = false, .outputs = {}};
  request.outputs.push_back(OutputTo(sink, {.profile = *profile}));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->source.channels, 6);
  EXPECT_EQ(report->outputs[0].channels, GetParam().channels);

  // And so does a decoder of the file find.
  media::MemorySource made(sink.File());
  media::MemorySink wav;
  PipelineRequest again{.clip = {}, .loudness = false, .outputs = {}};
  again.outputs.push_back(OutputTo(
      wav, {.profile = {.name = "wav", .codec = jobs::Codec::kPcmS16}}));
  auto decoded = RunPipeline(made, again, {}, clock, {});
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->source.channels, GetParam().channels);
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, Surround,
    testing::Values(Case{"Wav", R"({"codec":"pcm_s16le"})", 6},
                    Case{"Flac", R"({"codec":"flac"})", 6},
                    Case{"Aac", R"({"codec":"aac","bitrate":384000})", 6},
                    Case{"Opus", R"({"codec":"opus","bitrate":256000})", 6},
                    Case{"Mp3", R"({"codec":"mp3","bitrate":192000})", 2},
                    Case{"FlacStereo", R"({"codec":"flac","channels":2})", 2},
                    Case{"OpusMono",
                         R"({"codec":"opus","bitrate":64000,"channels":1})",
                         1}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace vexaa::runner

#include "runner/side_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "lib/base/utf8.h"
#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "runner/media/thumbnail.h"
#include "tests/unit/runner/media/file_parts.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

using jobs::OutputKind;
using media::LoadFile;
using media::MemorySink;
using media::MemorySource;
using nlohmann::json;

base::Result<PipelineReport> Make(MemorySource& source,
                                  std::vector<OutputRequest> outputs,
                                  bool loudness = false) {
  PipelineRequest request{
      .clip = {}, .loudness = loudness, .outputs = std::move(outputs)};
  for (size_t i = 0; i < request.outputs.size(); ++i)
    request.outputs[i].plan.index = static_cast<int>(i);
  base::SystemClock clock;
  return RunPipeline(source, request, {}, clock, {});
}

OutputRequest Side(OutputKind kind, MemorySink& sink,
                   jobs::SilenceRule rule = {}) {
  jobs::OutputPlan plan;
  plan.kind = kind;
  plan.silence = rule;
  return OutputTo(sink, plan);
}

OutputRequest Audio(const char* profile, MemorySink& sink) {
  jobs::OutputPlan plan;
  plan.profile = *jobs::FindBuiltInProfile(profile);
  return OutputTo(sink, plan);
}

json JsonOf(const MemorySink& sink) {
  auto file = sink.File();
  return json::parse(reinterpret_cast<const char*>(file.data()),
                     reinterpret_cast<const char*>(file.data() + file.size()),
                     nullptr, false);
}

json MetadataOf(const std::string& name) {
  MemorySource source(LoadFile(name));
  MemorySink sink, wav;
  auto report = Make(
      source, {Side(OutputKind::kMetadata, sink), Audio("speech-16k", wav)});
  EXPECT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(sink.finished);
  return JsonOf(sink);
}

TEST(Metadata, DescribesContainerAndStreams) {
  json got = MetadataOf("sample.mp4");
  EXPECT_EQ(got["format"]["name"], "mp4");
  EXPECT_EQ(got["format"]["duration_seconds"], 19.4);
  ASSERT_EQ(got["streams"].size(), 2u);
  json video = got["streams"][0], audio = got["streams"][1];
  EXPECT_EQ(video["type"], "video");
  EXPECT_EQ(video["codec"], "h264");
  EXPECT_EQ(video["width"], 320);
  EXPECT_EQ(video["height"], 180);
  EXPECT_EQ(video["frame_rate"], 5);
  EXPECT_EQ(audio["codec"], "aac");
  EXPECT_EQ(audio["sample_rate"], 44'100);
  EXPECT_EQ(audio["channels"], 2);
  EXPECT_EQ(audio["channel_layout"], "stereo");
  EXPECT_EQ(audio["disposition"], json({"default"}));
}

TEST(Metadata, TellsTracksApart) {
  json got = MetadataOf("two_tracks.mkv");
  EXPECT_EQ(got["streams"][1]["language"], "eng");
  EXPECT_EQ(got["streams"][1]["tags"]["title"], "Commentary");
  EXPECT_EQ(got["streams"][2]["language"], "deu");
}

// RFC 9559: tags of the file and two chapters, the elements by their IDs.
std::string TagsAndChapters() {
  using namespace std::string_literals;
  using media::Element;
  using media::UnsignedElement;
  auto chapter = [](uint64_t id, uint64_t second, const std::string& title) {
    return Element("\xb6"s,
                   UnsignedElement("\x73\xc4"s, id) +
                       UnsignedElement("\x91"s, second * 1'000'000'000) +
                       UnsignedElement("\x92"s, (second + 1) * 1'000'000'000) +
                       Element("\x80"s, Element("\x85"s, title)));
  };
  const std::string tag =
      Element("\x67\xc8"s, Element("\x45\xa3"s, "ARTIST") +
                               Element("\x44\x87"s, "A speaker"));
  return Element("\x12\x54\xc3\x67"s,
                 Element("\x73\x73"s, Element("\x63\xc0"s, "") + tag)) +
         Element("\x10\x43\xa7\x70"s,
                 Element("\x45\xb9"s,
                         chapter(1, 0, "Welcome") + chapter(2, 1, "The talk")));
}

TEST(Metadata, TellsTagsChaptersAndTheBitRate) {
  const std::string text =
      media::MakeMatroska(TagsAndChapters(), media::Cluster(0));
  auto bytes = std::as_bytes(std::span(text));
  MemorySource source({bytes.begin(), bytes.end()});
  MemorySink sink;
  auto report = Make(source, {Side(OutputKind::kMetadata, sink)});
  ASSERT_TRUE(report.ok()) << report.status();
  json got = JsonOf(sink);
  EXPECT_EQ(got["format"]["tags"]["ARTIST"], "A speaker") << got.dump(1);
  EXPECT_EQ(got["chapters"],
            json::parse(R"([{"start":0,"end":1,"title":"Welcome"},
                            {"start":1,"end":2,"title":"The talk"}])"));
  const json whole = MetadataOf("sample.mp4");
  const double bits = 8.0 * LoadFile("sample.mp4").size();
  EXPECT_NEAR(whole["format"]["bit_rate"].get<double>(), bits / 19.4,
              bits / 1940);
  EXPECT_GT(whole["streams"][1]["bit_rate"], 8000);
}

TEST(Metadata, FindsRatesAndSizesThatStandInNoHeader) {
  json got = MetadataOf("aac.ts");
  EXPECT_EQ(got["streams"][0]["width"], 64);
  EXPECT_EQ(got["streams"][1]["sample_rate"], 44'100);
  EXPECT_GT(got["format"]["duration_seconds"], 1.4);
}

TEST(Metadata, KnowsTheLengthOfAFragmentedFileFromItsSound) {
  json got = MetadataOf("fragmented_aac.mp4");
  EXPECT_NEAR(got["format"]["duration_seconds"], 3, 0.05);
  EXPECT_FALSE(got["streams"][0].contains("duration_seconds"));
}

TEST(Metadata, ChangesNothingAboutTheSound) {
  MemorySource source(LoadFile("aac.ts")), again(LoadFile("aac.ts"));
  MemorySink metadata, beside, alone;
  ASSERT_TRUE(Make(source, {Side(OutputKind::kMetadata, metadata),
                            Audio("wav", beside)})
                  .ok());
  ASSERT_TRUE(Make(again, {Audio("wav", alone)}).ok());
  EXPECT_EQ(beside.File(), alone.File());
}

TEST(Metadata, AloneReadsTheHeaderOnly) {
  MemorySource source(LoadFile("moov_first_aac.mp4"));
  MemorySink sink;
  auto report = Make(source, {Side(OutputKind::kMetadata, sink)});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_LT(source.bytes_read, 2 * media::kSniffBytes);
  EXPECT_EQ(JsonOf(sink)["streams"].size(), 2u);
}

TEST(Metadata, IsMadeOfASourceWithoutSound) {
  MemorySource source(LoadFile("no_sound.mp4"));
  MemorySink sink;
  auto report = Make(source, {Side(OutputKind::kMetadata, sink)});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(JsonOf(sink)["streams"].size(), 1u);
}

TEST(Silence, FindsWhatFfmpegsSilencedetectFinds) {
  MemorySource source(LoadFile("pauses.flac"));
  MemorySink sink;
  auto report = Make(source, {Side(OutputKind::kSilence, sink)});
  ASSERT_TRUE(report.ok()) << report.status();
  json got = JsonOf(sink);
  EXPECT_EQ(got["rule"], json({{"threshold_db", -50.0}, {"min_seconds", 0.5}}));
  EXPECT_EQ(got["duration_seconds"], 6);
  // ffmpeg -af silencedetect=n=-50dB:d=0.5 says 1 to 2.00013 and 4.5 to 6; its
  // ends are one sample late.
  ASSERT_EQ(got["ranges"].size(), 2u);
  EXPECT_NEAR(got["ranges"][0]["start"], 1, 2.0 / 8000);
  EXPECT_NEAR(got["ranges"][0]["end"], 2, 2.0 / 8000);
  EXPECT_NEAR(got["ranges"][1]["start"], 4.5, 2.0 / 8000);
  EXPECT_NEAR(got["ranges"][1]["end"], 6, 2.0 / 8000);
  EXPECT_NEAR(got["silent_seconds"], 2.5, 0.001);
}

TEST(Silence, TakesTheRuleThatIsGiven) {
  MemorySource source(LoadFile("pauses.flac"));
  MemorySink sink;
  auto report = Make(source, {Side(OutputKind::kSilence, sink,
                                   {.threshold_db = -40, .min_seconds = 0.2})});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(JsonOf(sink)["ranges"].size(), 3u);
}

TEST(Silence, NeedsSound) {
  MemorySource source(LoadFile("no_sound.mp4"));
  MemorySink sink;
  auto report = Make(source, {Side(OutputKind::kSilence, sink)});
  EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kNoAudioStream);
}

TEST(Loudness, IsWhatFfmpegsEbur128Measures) {
  MemorySource source(LoadFile("sample.mp4"));
  MemorySink wav;
  auto report = Make(source, {Audio("wav", wav)}, true);
  ASSERT_TRUE(report.ok()) << report.status();
  auto loudness = report->outputs[0].loudness;
  ASSERT_TRUE(loudness);
  // ffmpeg -af ebur128=peak=true: -20.2 LUFS, 1.7 LU, -3.5 dBFS.
  EXPECT_NEAR(loudness->integrated_lufs, -20.2, 0.15);
  EXPECT_NEAR(loudness->range_lu, 1.7, 1);  // what EBU Tech 3342 allows
  EXPECT_NEAR(loudness->true_peak_dbtp, -3.5, 0.2);
}

TEST(Loudness, IsMeasuredOnlyWhenAsked) {
  MemorySource source(LoadFile("moov_first_aac.mp4"));
  MemorySink mp3;
  auto report = Make(source, {Audio("mp3-128k", mp3)});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->outputs[0].loudness);
}

// Width and height of a JPEG by its frame header.
std::pair<int, int> JpegSize(const std::vector<std::byte>& jpeg) {
  auto at = [&](size_t i) { return std::to_integer<int>(jpeg[i]); };
  for (size_t i = 2; i + 9 < jpeg.size() && at(i) == 0xff;) {
    if (at(i + 1) == 0xc0)
      return {at(i + 7) << 8 | at(i + 8), at(i + 5) << 8 | at(i + 6)};
    i += 2 + static_cast<size_t>(at(i + 2) << 8 | at(i + 3));
  }
  return {0, 0};
}

struct Picture {
  const char* file;
  int height;
};

class EveryVideo : public testing::TestWithParam<Picture> {};

TEST_P(EveryVideo, BecomesAJpegOfThatShape) {
  MemorySource source(LoadFile(GetParam().file));
  MemorySink sink;
  auto report = Make(source, {Side(OutputKind::kThumbnail, sink)});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outputs[0].bytes, sink.File().size());
  EXPECT_EQ(JpegSize(sink.File()), std::pair(320, GetParam().height));
}

INSTANTIATE_TEST_SUITE_P(
    Testdata, EveryVideo,
    testing::Values(Picture{"sample.mp4", 180}, Picture{"mp3.mp4", 240},
                    Picture{"fragmented_aac.mp4", 240},
                    Picture{"no_sound.ts", 240}, Picture{"mp2.ts", 240},
                    Picture{"mp2.mpg", 240}, Picture{"opus.webm", 240},
                    Picture{"aac.mkv", 240}, Picture{"mp3.avi", 240},
                    Picture{"aac.flv", 240}, Picture{"mp3.flv", 240},
                    Picture{"wmav2.wmv", 240}, Picture{"wmav1.wmv", 240},
                    Picture{"aac.3gp", 220}, Picture{"aac.m2ts", 240}),
    [](const auto& info) {
      std::string name = info.param.file;
      name[name.find('.')] = '_';
      return name;
    });

TEST(Thumbnail, RefusesASourceWithoutVideo) {
  for (const char* name : {"flac.flac", "opus.ogg", "alac.m4a", "mp3.mp3"}) {
    MemorySource source(LoadFile(name));
    MemorySink sink, mp3;
    auto report = Make(
        source, {Audio("mp3-128k", mp3), Side(OutputKind::kThumbnail, sink)});
    EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kInvalidJob)
        << name << ": " << report.status();
    EXPECT_FALSE(sink.finished);
  }
}

TEST(Thumbnail, ReadsOnlyHeaderAndPicture) {
  auto bytes = LoadFile("sample.mp4");
  MemorySource source(bytes);
  auto jpeg = media::MakeThumbnail(source, {}, {});
  ASSERT_TRUE(jpeg.ok()) << jpeg.status();
  EXPECT_LT(source.bytes_read, bytes.size());
}

TEST(SideOutput, AllAreMadeOfOneRead) {
  MemorySource source(LoadFile("sample.mp4"));
  MemorySink mp3, metadata, silence, thumbnail(0);
  auto report = Make(
      source, {Side(OutputKind::kThumbnail, thumbnail), Audio("mp3-128k", mp3),
               Side(OutputKind::kMetadata, metadata),
               Side(OutputKind::kSilence, silence)});
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->outputs.size(), 4u);
  for (auto* sink : {&mp3, &metadata, &silence, &thumbnail})
    EXPECT_TRUE(sink->finished);
  MemorySource again(LoadFile("sample.mp4"));
  MemorySink alone;
  auto audio = Make(again, {Audio("mp3-128k", alone)});
  ASSERT_TRUE(audio.ok()) << audio.status();
  EXPECT_EQ(report->source.bytes_read, audio->source.bytes_read);
  EXPECT_EQ(mp3.File(), alone.File());
}

}  // namespace
}  // namespace vexaa::runner

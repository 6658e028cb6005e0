#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/jobs/profile.h"
#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "runner/media/demuxer.h"
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
                                  media::OutputSink& sink) {
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

// Their delay is longer in time than at any other rate.
TEST(Codecs, OfLowRatesFitIntoMatroska) {
  for (const char* settings :
       {R"({"codec":"mp3","quality":9,"container":"mka","sample_rate":8000})",
        R"({"codec":"aac","bitrate":32000,"container":"mka",)"
        R"("sample_rate":8000})"}) {
    MemorySink sink(kHead);
    auto report = Make(LoadFile("moov_first_aac.mp4"), settings, sink);
    EXPECT_TRUE(report.ok()) << settings << report.status();
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

struct Copy {
  const char* file;
  const char* container;
};

class EveryCopy : public testing::TestWithParam<Copy> {};

// The sound of a copy is the sound of the source, sample by sample.
TEST_P(EveryCopy, DecodesToTheSameSound) {
  const Copy& copy = GetParam();
  MemorySink sink(kHead);
  auto report = Make(LoadFile(copy.file), R"({"codec":"copy"})", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_NE(report->outputs[0].note.find("copied as asked"), std::string::npos);
  MemorySource made(sink.File());
  auto demuxer = media::Demuxer::Open(made, {});
  ASSERT_TRUE(demuxer.ok()) << demuxer.status();
  EXPECT_EQ((*demuxer)->container().demuxer, copy.container);
  auto is = Decoded(sink.File()), was = Decoded(LoadFile(copy.file));
  EXPECT_EQ(is.size(), was.size());
  EXPECT_TRUE(is == was);
}

INSTANTIATE_TEST_SUITE_P(
    Copies, EveryCopy,
    testing::Values(Copy{"moov_first_aac.mp4", "mov"}, Copy{"aac.mkv", "mov"},
                    Copy{"aac.ts", "mov"}, Copy{"adts.aac", "mov"},
                    Copy{"aac.flv", "mov"}, Copy{"fragmented_aac.mp4", "mov"},
                    Copy{"mp3.mp3", "mp3"}, Copy{"mp3.ts", "mp3"},
                    Copy{"mp3.mp4", "mp3"}, Copy{"opus.webm", "ogg"},
                    Copy{"opus.ogg", "ogg"}, Copy{"opus.mp4", "ogg"},
                    Copy{"vorbis.webm", "ogg"}, Copy{"vorbis.ogg", "ogg"},
                    Copy{"flac.mkv", "flac"}, Copy{"flac.mp4", "flac"},
                    Copy{"flac.flac", "flac"}, Copy{"pcm_s16le.wav", "wav"},
                    Copy{"pcm_s16le.avi", "wav"}, Copy{"pcm_s24le.mov", "wav"},
                    Copy{"pcm_s16be.mov", "matroska"},
                    Copy{"ac3.ts", "matroska"}, Copy{"eac3.ts", "matroska"},
                    Copy{"dts.ts", "matroska"}, Copy{"alac.mov", "mov"},
                    Copy{"speex.ogg", "ogg"}),
    [](const auto& info) {
      std::string name = info.param.file;
      name[name.find('.')] = '_';
      return name;
    });

// The type that an output is opened with.
std::string TypeOf(const char* file, const std::string& settings) {
  MemorySource source(LoadFile(file));
  MemorySink sink(kHead);
  base::SystemClock clock;
  std::string type;
  auto open = [&](std::string_view content_type) {
    type = content_type;
    return base::Result<media::OutputSink*>(&sink);
  };
  PipelineRequest request{.clip = {}, .loudness = false, .outputs = {}};
  request.outputs.push_back({{.profile = ProfileOf(settings)}, open});
  auto report = RunPipeline(source, request, {}, clock, {});
  EXPECT_TRUE(report.ok()) << report.status();
  return type;
}

// Of MPEG audio in a transport stream only the packets tell which it is.
TEST(Codecs, ACopyHasTheTypeOfItsContainer) {
  for (auto [file, type] : {std::pair{"sample.mp4", "audio/mp4"},
                            {"opus.webm", "audio/ogg"},
                            {"flac.mkv", "audio/flac"},
                            {"mp3.ts", "audio/mpeg"},
                            {"mp2.ts", "audio/matroska"},
                            {"pcm_s16le.avi", "audio/wav"},
                            {"dts.ts", "audio/matroska"}})
    EXPECT_EQ(TypeOf(file, R"({"codec":"copy"})"), type) << file;
  EXPECT_EQ(TypeOf("sample.mp4", R"({"codec":"copy","container":"mka"})"),
            "audio/matroska");
}

TEST(Codecs, WhatIsEncodedHasTheTypeOfItsContainer) {
  EXPECT_EQ(TypeOf("sample.mp4", R"({"codec":"mp3","bitrate":128000})"),
            "audio/mpeg");
  EXPECT_EQ(TypeOf("opus.webm", R"({"codec":"flac","container":"ogg"})"),
            "audio/ogg");
}

// Where it ends is known to the sample in Ogg, but players are not sure to see.
TEST(Codecs, ACopyOfVorbisSaysThatItIsNotGapless) {
  MemorySink sink(kHead);
  auto report = Make(LoadFile("vorbis.ogg"), R"({"codec":"copy"})", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->outputs[0].gapless);
  EXPECT_EQ(report->outputs[0].samples, CountSamples(LoadFile("vorbis.ogg")));
}

// Matroska's times are rounded to milliseconds, the frames are not.
TEST(Codecs, ACopyFromMatroskaToMatroskaIsAsLongAsItsFrames) {
  for (const char* name : {"flac.mkv", "dts.mkv", "ac3.mkv", "aac.mkv"}) {
    MemorySink sink(kHead);
    auto report =
        Make(LoadFile(name), R"({"codec":"copy","container":"mka"})", sink);
    ASSERT_TRUE(report.ok()) << name << report.status();
    EXPECT_EQ(report->outputs[0].samples, CountSamples(LoadFile(name))) << name;
  }
}

TEST(Codecs, ACopyOfFlacFitsIntoAnM4a) {
  MemorySink sink(kHead);
  auto report =
      Make(LoadFile("flac.mkv"), R"({"codec":"copy","container":"m4a"})", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(CountSamples(sink.File()), CountSamples(LoadFile("flac.mkv")));
}

// In a transport stream it is decoded as MP3, whose decoder rounds otherwise.
TEST(Codecs, ACopyOfMp2HasAsManySamples) {
  MemorySink sink(kHead);
  auto report = Make(LoadFile("mp2.ts"), R"({"codec":"copy"})", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(CountSamples(sink.File()), CountSamples(LoadFile("mp2.ts")));
}

// Speex in FLV comes without the header that Ogg begins with.
TEST(Codecs, ACopyThatLacksItsHeaderIsRefused) {
  MemorySink sink(kHead);
  auto report = Make(LoadFile("speex.flv"), R"({"codec":"copy"})", sink);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kUnsupportedCodec);
}

// An upload that has a fault of its own, once the head is full.
class FaultySink final : public media::OutputSink {
 public:
  explicit FaultySink(size_t head_bytes) : head_bytes_(head_bytes) {}
  size_t head_bytes() const override { return head_bytes_; }
  base::Status Write(std::span<const std::byte>) override {
    return jobs::Fail(jobs::Reason::kInternal, "the upload has a bug");
  }
  base::Status Finish(std::span<const std::byte>) override {
    return base::Status::Ok();
  }

 private:
  const size_t head_bytes_;
};

// In the middle and at the end of the 56 KB it makes.
TEST(Codecs, ACopyBlamesNoFaultOfItsUploadOnTheSource) {
  for (size_t head_bytes : {40 << 10, 55 << 10}) {
    FaultySink sink(head_bytes);
    auto report = Make(LoadFile("flac.mkv"), R"({"codec":"copy"})", sink);
    EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kInternal)
        << head_bytes << " " << report.status();
    EXPECT_EQ(report.status().message(), "the upload has a bug");
  }
}

// Where the esds of the sound begins.
size_t FindEsds(const std::vector<std::byte>& file) {
  std::string_view text(reinterpret_cast<const char*>(file.data()),
                        file.size());
  const size_t at = text.rfind("esds");
  EXPECT_NE(at, text.npos);
  return at == text.npos ? 0 : at;
}

void ExpectThatNoCopyIsMade(std::vector<std::byte> file,
                            const std::string& settings) {
  MemorySink sink(kHead);
  auto report = Make(std::move(file), settings, sink);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kUnsupportedCodec)
      << report.status();
}

// An MP4 whose esds is something else; Matroska misses it at the packets.
TEST(Codecs, ACopyOfAacThatLacksItsSetupBytesIsRefused) {
  auto file = LoadFile("moov_last_aac.mp4");
  file[FindEsds(file)] = std::byte{'x'};
  ExpectThatNoCopyIsMade(file, R"({"codec":"copy","container":"mka"})");
}

TEST(Codecs, ACopyOfMp2ThatIsCalledAacIsRefused) {
  constexpr size_t kObjectType = 21;
  auto file = LoadFile("mp2.mp4");
  file[FindEsds(file) + kObjectType] = std::byte{0x40};
  for (const char* settings :
       {R"({"codec":"copy"})", R"({"codec":"copy","container":"mka"})"})
    ExpectThatNoCopyIsMade(file, settings);
}

TEST(Codecs, ACopyThatDoesNotFitNamesWhatDoes) {
  MemorySink sink(kHead);
  auto report = Make(LoadFile("vorbis.ogg"),
                     R"({"codec":"copy","container":"m4a"})", sink);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kUnsupportedCodec);
  EXPECT_NE(report.status().message().find("ogg and mka do"), std::string::npos)
      << report.status();
}

TEST(Codecs, AutoCopiesWhatFitsAndEncodesTheRest) {
  const std::string rest = R"(,"sample_rate":44100,"copy_if_fits":true})";
  MemorySink copied(kHead), encoded(kHead), other(kHead);
  auto fits = Make(LoadFile("moov_first_aac.mp4"),
                   R"({"codec":"aac","bitrate":320000)" + rest, copied);
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_NE(fits->outputs[0].note.find("copied: "), std::string::npos);
  auto higher = Make(LoadFile("moov_first_aac.mp4"),
                     R"({"codec":"aac","bitrate":8000)" + rest, encoded);
  ASSERT_TRUE(higher.ok()) << higher.status();
  EXPECT_NE(higher->outputs[0].note.find("encoded: the source has"),
            std::string::npos);
  auto mp3 = Make(LoadFile("moov_first_aac.mp4"),
                  R"({"codec":"mp3","bitrate":128000)" + rest, other);
  ASSERT_TRUE(mp3.ok()) << mp3.status();
  EXPECT_NE(mp3->outputs[0].note.find("encoded: the source is aac"),
            std::string::npos);
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

#include "runner/audio_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "lib/jobs/reason.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

using media::LoadFile;
using media::MemorySink;
using media::MemorySource;
using media::Oracle;

jobs::Profile Named(const char* name) {
  return *jobs::FindBuiltInProfile(name);
}

struct Asked {
  jobs::Profile profile;
  MemorySink* sink = nullptr;
  jobs::TrackSelector track = {};
  bool if_track_exists = false;
};

PipelineRequest RequestFor(const std::vector<Asked>& outputs) {
  PipelineRequest request;
  for (const Asked& asked : outputs) {
    jobs::OutputPlan plan;
    plan.index = static_cast<int>(request.outputs.size());
    plan.profile = asked.profile;
    plan.track = asked.track;
    plan.if_track_exists = asked.if_track_exists;
    request.outputs.push_back(OutputTo(*asked.sink, plan));
  }
  return request;
}

base::Result<PipelineReport> Extract(MemorySource& source,
                                     const std::vector<Asked>& outputs,
                                     std::stop_token stop = {}) {
  base::SystemClock clock;
  return RunPipeline(source, RequestFor(outputs), {}, clock, stop);
}

base::Result<PipelineReport> Extract(const std::string& file,
                                     const char* profile, MemorySink& sink) {
  MemorySource source(LoadFile(file));
  return Extract(source, {{Named(profile), &sink}});
}

// The samples of a finished file, counted by decoding it once more.
uint64_t DecodedSamples(const MemorySink& sink) {
  MemorySource source(sink.File());
  MemorySink wav;
  auto report = Extract(source, {{Named("wav"), &wav}});
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? report->outputs[0].samples : 0;
}

class EveryClip : public testing::TestWithParam<Oracle> {};

TEST_P(EveryClip, BecomesWavWithTheSamplesThatFfmpegDecodes) {
  MemorySink sink;
  auto report = Extract(GetParam().file, "wav", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(sink.finished);
  EXPECT_EQ(report->source.codec, GetParam().codec);
  EXPECT_EQ(report->source.damaged_packets, 0u);
  const OutputReport& output = report->outputs[0];
  EXPECT_EQ(output.samples, GetParam().samples);
  EXPECT_EQ(output.sample_rate, GetParam().sample_rate);
  EXPECT_EQ(output.channels, GetParam().channels);
  EXPECT_EQ(output.bytes, sink.File().size());
  EXPECT_EQ(DecodedSamples(sink), GetParam().samples);
}

TEST_P(EveryClip, BecomesSpeechOfTheSameLength) {
  MemorySink sink;
  auto report = Extract(GetParam().file, "speech-16k", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outputs[0].samples, GetParam().samples_at_16000);
  EXPECT_EQ(report->outputs[0].sample_rate, 16'000);
  EXPECT_EQ(report->outputs[0].channels, 1);
}

TEST_P(EveryClip, BecomesMp3ThatDecodesToAsManySamples) {
  MemorySink sink;
  auto report = Extract(GetParam().file, "mp3-128k", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outputs[0].samples, GetParam().samples_at_44100);
  EXPECT_EQ(report->outputs[0].channels, 2);
  EXPECT_EQ(DecodedSamples(sink), GetParam().samples_at_44100);
}

INSTANTIATE_TEST_SUITE_P(Testdata, EveryClip,
                         testing::ValuesIn(media::LoadOracles()),
                         [](const auto& info) {
                           std::string name = info.param.file;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return !std::isalnum(c); },
                               '_');
                           return name;
                         });

struct BadFile {
  const char* file;
  jobs::Reason reason;
};

class EveryBadFile : public testing::TestWithParam<BadFile> {};

TEST_P(EveryBadFile, EndsWithItsReasonAndNoResult) {
  MemorySink sink;
  auto report = Extract(GetParam().file, "mp3-128k", sink);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(jobs::ReasonOf(report.status()), GetParam().reason)
      << report.status();
  EXPECT_FALSE(sink.finished);
}

INSTANTIATE_TEST_SUITE_P(
    Testdata, EveryBadFile,
    testing::Values(
        BadFile{"text.mp4", jobs::Reason::kInputUnreadable},
        BadFile{"playlist.mp4", jobs::Reason::kInputUnreadable},
        BadFile{"empty.mp4", jobs::Reason::kInputUnreadable},
        BadFile{"truncated_moov_last.mp4", jobs::Reason::kInputUnreadable},
        BadFile{"no_sound.mp4", jobs::Reason::kNoAudioStream},
        BadFile{"no_sound.ts", jobs::Reason::kNoAudioStream},
        BadFile{"unknown_codec.mp4", jobs::Reason::kUnsupportedCodec},
        BadFile{"truncated_moov_first.mp4", jobs::Reason::kCorruptInput}),
    [](const auto& info) {
      std::string name = info.param.file;
      name[name.find('.')] = '_';
      return name;
    });

TEST(AudioPipeline, GivesEachOutputItsProfileFromOneDecode) {
  MemorySource source(LoadFile("moov_first_aac.mp4"));
  MemorySink mp3, flac, speech;
  auto report = Extract(source, {{Named("mp3-320k"), &mp3},
                                 {Named("flac"), &flac},
                                 {Named("speech-16k"), &speech}});
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->outputs.size(), 3u);
  EXPECT_EQ(report->outputs[0].samples, 89'088u);
  EXPECT_EQ(report->outputs[1].samples, 89'088u);
  EXPECT_EQ(report->outputs[2].samples, 32'322u);
  EXPECT_EQ(DecodedSamples(mp3), 89'088u);
  EXPECT_EQ(DecodedSamples(flac), 89'088u);
}

TEST(AudioPipeline, DescribesSourceAndResult) {
  MemorySink sink;
  auto report = Extract("sample.mp4", "mp3-128k", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->source.container, "mp4");
  EXPECT_EQ(report->source.sample_rate, 44'100);
  EXPECT_EQ(report->source.duration_ms, 19'192u);
  EXPECT_EQ(report->outputs[0].duration_ms, 19'202u);
  EXPECT_EQ(report->outputs[0].track, 0);
  EXPECT_EQ(report->outputs[0].note, "the only track");
}

TEST(AudioPipeline, TakesTheDefaultTrackBeforeTheCommentary) {
  MemorySink sink;
  auto report = Extract("two_tracks.mkv", "wav", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outputs[0].track, 1);
  EXPECT_EQ(report->outputs[0].note, "the default track");
  EXPECT_EQ(report->outputs[0].language, "deu");
  EXPECT_EQ(report->outputs[0].sample_rate, 44'100);
}

jobs::TrackSelector TrackNumber(int number) {
  return {jobs::TrackSelector::By::kNumber, number, ""};
}

TEST(AudioPipeline, DecodesEachWantedTrackOfOneRead) {
  MemorySource source(LoadFile("two_tracks.mkv"));
  MemorySink first, german, again;
  auto report = Extract(
      source,
      {{Named("wav"), &first, TrackNumber(0)},
       {Named("wav"), &german, {jobs::TrackSelector::By::kLanguage, 0, "de"}},
       {Named("mp3-128k"), &again}});
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->outputs.size(), 3u);
  EXPECT_EQ(report->outputs[0].track, 0);
  EXPECT_EQ(report->outputs[0].sample_rate, 22'050);
  EXPECT_EQ(report->outputs[1].track, 1);
  EXPECT_EQ(report->outputs[1].sample_rate, 44'100);
  EXPECT_EQ(report->outputs[1].note, "the only track in 'de'");
  EXPECT_EQ(report->outputs[2].track, 1);
  EXPECT_EQ(report->outputs[2].samples, report->outputs[1].samples);
  // The sniff and the demuxer's first buffer see the same start.
  EXPECT_LE(source.bytes_read, source.size() + (64 << 10));
}

TEST(AudioPipeline, GivesTheSameTrackAloneOrBesideAnother) {
  MemorySource alone(LoadFile("two_tracks.mkv"));
  MemorySource beside(LoadFile("two_tracks.mkv"));
  MemorySink one, two, other;
  ASSERT_TRUE(Extract(alone, {{Named("wav"), &one, TrackNumber(1)}}).ok());
  ASSERT_TRUE(Extract(beside, {{Named("wav"), &other, TrackNumber(0)},
                               {Named("wav"), &two, TrackNumber(1)}})
                  .ok());
  EXPECT_EQ(one.File(), two.File());
}

TEST(AudioPipeline, LeavesOutTracksThatTheSourceDoesNotHave) {
  MemorySource source(LoadFile("two_tracks.mkv"));
  std::vector<MemorySink> sinks(4);
  std::vector<Asked> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(
        {Named("wav"), &sinks[static_cast<size_t>(i)], TrackNumber(i), true});
  auto report = Extract(source, all);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->outputs.size(), 2u);
  EXPECT_EQ(report->outputs[1].index, 1);
  EXPECT_TRUE(sinks[1].finished);
  EXPECT_FALSE(sinks[2].finished);
}

TEST(AudioPipeline, RefusesMoreTracksThanOutputs) {
  MemorySource source(LoadFile("two_tracks.mkv"));
  MemorySink sink;
  auto report = Extract(source, {{Named("wav"), &sink, TrackNumber(0), true}});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kInvalidJob);
}

TEST(AudioPipeline, SaysWhichTracksThereAre) {
  MemorySource source(LoadFile("two_tracks.mkv"));
  MemorySink sink;
  auto report = Extract(source, {{Named("wav"), &sink, TrackNumber(2)}});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(jobs::ReasonOf(report.status()), jobs::Reason::kNoAudioStream);
}

TEST(AudioPipeline, ResamplesWhatChangesInMidStream) {
  MemorySink sink;
  auto report = Extract("rate_change.ts", "wav", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outputs[0].sample_rate, 48'000);
  EXPECT_EQ(report->outputs[0].channels, 2);
  // 49,152 samples at 48 kHz, then 44,544 at 44.1 kHz.
  EXPECT_NEAR(static_cast<double>(report->outputs[0].samples),
              49'152 + 44'544 * 48.0 / 44.1, 64);
}

TEST(AudioPipeline, KeepsTheDepthOfALosslessSourceInFlac) {
  MemorySink sink;
  auto report = Extract("pcm_s24le.mov", "flac", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  MemorySource source(sink.File());
  MemorySink again;
  auto second = Extract(source, {{Named("flac"), &again}});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(sink.File(), again.File());
}

TEST(AudioPipeline, WritesToAPipeWithoutAHead) {
  MemorySink sink(0);
  auto report = Extract("moov_first_aac.mp4", "mp3-128k", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.File().size(), report->outputs[0].bytes);
}

TEST(AudioPipeline, ReadsAFragmentedFileOnce) {
  MemorySource source(LoadFile("fragmented_aac.mp4"));
  MemorySink sink;
  auto report = Extract(source, {{Named("wav"), &sink}});
  ASSERT_TRUE(report.ok()) << report.status();
  // The sniff and the demuxer's first buffer see the same start.
  EXPECT_LE(report->source.bytes_read, source.size());
}

TEST(AudioPipeline, PassesTheSourcesErrorOn) {
  MemorySource source(LoadFile("sample.mp4"));
  source.fail_at = 80'000;
  MemorySink sink;
  auto report = Extract(source, {{Named("mp3-128k"), &sink}});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), base::Code::kUnavailable);
  EXPECT_FALSE(sink.finished);
}

TEST(AudioPipeline, PassesTheSinksErrorOn) {
  MemorySource source(LoadFile("sample.mp4"));
  MemorySink sink(64 << 10);
  sink.fail_at = 100'000;
  auto report = Extract(source, {{Named("mp3-128k"), &sink}});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), base::Code::kUnavailable);
  EXPECT_FALSE(sink.finished);
}

TEST(AudioPipeline, StopsWhenAsked) {
  MemorySource source(LoadFile("sample.mp4"));
  MemorySink sink;
  std::stop_source stop;
  stop.request_stop();
  auto report = Extract(source, {{Named("mp3-128k"), &sink}}, stop.get_token());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), base::Code::kCancelled);
  EXPECT_FALSE(sink.finished);
}

TEST(AudioPipeline, StopsInTheMiddle) {
  MemorySource source(LoadFile("sample.mp4"));
  MemorySink sink;
  std::stop_source stop;
  source.on_read = [&](uint64_t offset) {
    if (offset > 80'000) stop.request_stop();
  };
  auto report = Extract(source, {{Named("mp3-128k"), &sink}}, stop.get_token());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), base::Code::kCancelled);
  EXPECT_FALSE(sink.finished);
}

TEST(AudioPipeline, TellsItsProgressUpToTheEnd) {
  MemorySource source(LoadFile("sample.mp4"));
  MemorySink sink;
  PipelineRequest request = RequestFor({{Named("wav"), &sink}});
  std::vector<jobs::RunProgress> told;
  base::SystemClock clock;
  auto report = RunPipeline(
      source, request, [&](const auto& progress) { told.push_back(progress); },
      clock, {});
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().percent, 100);
  EXPECT_NEAR(told.back().media_seconds, 19.2, 0.1);
}

}  // namespace
}  // namespace vexaa::runner

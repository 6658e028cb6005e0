#include "lib/jobs/job_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PlanRules Rules() {
  PlanRules rules;
  for (const Profile& profile : BuiltInProfiles())
    rules.profiles[profile.name] = profile;
  rules.buckets = {"videos", "audio"};
  rules.roots = {"/v", "/out"};
  rules.output_root = "/out";
  return rules;
}

Job JobFor(const std::string& source) {
  Job job;
  job.source_uri = source;
  job.profile = "mp3-128k";
  return job;
}

std::string UriOf(const Job& job, const PlanRules& rules = Rules()) {
  auto plan = PlanJob(job, rules);
  if (!plan.ok()) return plan.status().ToString();
  EXPECT_EQ(plan->outputs.size(), 1u);
  return plan->outputs[0].uri;
}

void ExpectRefused(const Job& job, const std::string& rule,
                   const PlanRules& rules = Rules()) {
  auto plan = PlanJob(job, rules);
  ASSERT_FALSE(plan.ok()) << rule;
  EXPECT_EQ(ReasonOf(plan.status()), Reason::kInvalidJob);
  EXPECT_THAT(plan.status().message(), HasSubstr(rule));
}

Job WithOptions(const std::string& options) {
  Job job = JobFor("s3://videos/talk.mp4");
  job.options = options;
  return job;
}

TEST(JobPlan, PutsAudioBesideItsSourceByDefault) {
  EXPECT_EQ(UriOf(JobFor("s3://videos/2026/talk.mp4")),
            "s3://videos/audio/2026/talk.mp4/mp3-128k.mp3");
  EXPECT_EQ(UriOf(JobFor("file:///v/my%20talk.mp4")),
            "file:///out/audio/v/my%20talk.mp4/mp3-128k.mp3");
}

TEST(JobPlan, NeverLetsTwoVideosOrProfilesMeet) {
  Job wav = JobFor("s3://videos/talk.mp4");
  wav.profile = "speech-16k";
  EXPECT_EQ(UriOf(wav), "s3://videos/audio/talk.mp4/speech-16k.wav");
  EXPECT_NE(UriOf(JobFor("s3://videos/talk.mkv")),
            UriOf(JobFor("s3://videos/talk.mp4")));
}

TEST(JobPlan, TakesTheOutputThatWasAskedFor) {
  Job job = JobFor("s3://videos/talk.mp4");
  job.output_uri = "s3://audio/x.mp3";
  EXPECT_EQ(UriOf(job), "s3://audio/x.mp3");
}

TEST(JobPlan, WritesOnePlaceInOneWay) {
  Job job = JobFor("file:///v/talk.mp4");
  job.output_uri = "file:///out/%61.mp3";
  EXPECT_EQ(UriOf(job), "file:///out/a.mp3");
}

TEST(JobPlan, RefusesToOverwriteItsSource) {
  Job job = JobFor("file:///v/a.mp4");
  job.output_uri = "file:///v/%61.mp4";
  ExpectRefused(job, "is the source itself");
}

TEST(JobPlan, RefusesBadPlacesByTheColumnsName) {
  ExpectRefused(JobFor("talk.mp4"), "source_uri: 'talk.mp4' must start with");
  Job job = JobFor("s3://videos/talk.mp4");
  job.output_uri = "s3://audio/";
  ExpectRefused(job, "output_uri: 's3://audio/' names no object");
  job.output_uri = "file:///out/x.mp3";
  ExpectRefused(job, "must both be s3:// or both file://");
}

TEST(JobPlan, RefusesPlacesThatAreNotServed) {
  EXPECT_FALSE(PlanJob(JobFor("s3://other/talk.mp4"), Rules()).ok());
  EXPECT_FALSE(PlanJob(JobFor("file:///etc/passwd"), Rules()).ok());
  EXPECT_FALSE(PlanJob(JobFor("file:///video/x.mp4"), Rules()).ok())
      << "/video is no part of /v";
  Job job = JobFor("s3://videos/talk.mp4");
  job.output_uri = "s3://other/x.mp3";
  EXPECT_FALSE(PlanJob(job, Rules()).ok());
  PlanRules none = Rules();
  none.buckets.clear();
  EXPECT_FALSE(PlanJob(JobFor("s3://videos/talk.mp4"), none).ok());
}

TEST(JobPlan, AsksForAPlaceWhereThereIsNoDefault) {
  PlanRules rules = Rules();
  rules.output_root.clear();
  ExpectRefused(JobFor("file:///v/talk.mp4"), "set output_uri", rules);
}

TEST(JobPlan, RefusesADefaultKeyThatWouldBeTooLong) {
  ExpectRefused(JobFor("s3://videos/" + std::string(1020, 'k')),
                "default output key would be too long");
}

TEST(JobPlan, RefusesUnknownProfiles) {
  Job job = JobFor("s3://videos/talk.mp4");
  job.profile = "mp4";
  ExpectRefused(job, "there is no profile 'mp4'");
}

TEST(JobPlan, AppliesOptionsOverTheProfile) {
  auto plan = PlanJob(
      WithOptions(R"({"bitrate": 192000, "sample_rate": 48000, "channels": 1,
                      "if_exists": "fail"})"),
      Rules());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->if_exists, IfExists::kFail);
  EXPECT_EQ(plan->outputs[0].profile.bitrate, 192'000);
  EXPECT_EQ(plan->outputs[0].profile.sample_rate, 48'000);
  EXPECT_EQ(plan->outputs[0].profile.channels, 1);
}

TEST(JobPlan, TakesNoOptionsForNone) {
  for (const char* options : {"", "{}", "null"})
    EXPECT_TRUE(PlanJob(WithOptions(options), Rules()).ok()) << options;
}

TEST(JobPlan, RefusesOddOptions) {
  ExpectRefused(WithOptions("[]"), "must be a JSON object");
  ExpectRefused(WithOptions("{"), "must be a JSON object");
  ExpectRefused(WithOptions(R"({"volume": 11})"), "unknown option 'volume'");
  for (const char* odd : {"0", "-1", "1.5", "18446744073709551615", "\"1\""})
    ExpectRefused(WithOptions(R"({"bitrate": )" + std::string(odd) + "}"),
                  "whole number");
  ExpectRefused(WithOptions(R"({"bitrate": 999999})"),
                "bitrate must be between");
  ExpectRefused(WithOptions(R"({"sample_rate": 44000})"), "mp3 has no");
  ExpectRefused(WithOptions(R"({"if_exists": true})"), "'if_exists' must be");
}

TEST(JobPlan, IsReadBackAsItWasWritten) {
  auto plan = PlanJob(WithOptions(R"({"if_exists": "fail"})"), Rules());
  EXPECT_EQ(*ParsePlan(FormatPlan(*plan)), *plan);
}

std::vector<std::string> UrisOf(const Job& job) {
  auto plan = PlanJob(job, Rules());
  EXPECT_TRUE(plan.ok()) << plan.status();
  std::vector<std::string> uris;
  if (plan.ok())
    for (const OutputPlan& output : plan->outputs) uris.push_back(output.uri);
  return uris;
}

TEST(JobPlan, PlansFurtherOutputsBesideTheRowsOwn) {
  EXPECT_THAT(UrisOf(WithOptions(R"({"outputs": [
          {"profile": "speech-16k"}, {"kind": "metadata"}, {"kind": "silence"},
          {"kind": "thumbnail", "uri": "s3://audio/talk.jpg"},
          {"track": 1}, {"track": "deu", "codec": "flac", "bitrate": null}]})")),
              ElementsAre("s3://videos/audio/talk.mp4/mp3-128k.mp3",
                          "s3://videos/audio/talk.mp4/speech-16k.wav",
                          "s3://videos/audio/talk.mp4/metadata.json",
                          "s3://videos/audio/talk.mp4/silence.json",
                          "s3://audio/talk.jpg",
                          "s3://videos/audio/talk.mp4/mp3-128k.track1.mp3",
                          "s3://videos/audio/talk.mp4/mp3-128k.deu.flac"));
}

TEST(JobPlan, SharesTheEightOutputsAmongAllTracks) {
  Job job = WithOptions(R"({"track": "all", "outputs": [{"kind": "metadata"},
                            {"track": "all", "profile": "flac"}]})");
  job.output_uri = "s3://audio/x/talk.mp3";
  auto uris = UrisOf(job);
  ASSERT_EQ(uris.size(), 7u);
  EXPECT_EQ(uris[0], "s3://audio/x/talk.track0.mp3");
  EXPECT_EQ(uris[2], "s3://audio/x/talk.track2.mp3");
  EXPECT_EQ(uris[3], "s3://videos/audio/talk.mp4/metadata.json");
  EXPECT_EQ(uris[6], "s3://videos/audio/talk.mp4/flac.track2.flac");
  auto plan = PlanJob(job, Rules());
  EXPECT_TRUE(plan->outputs[0].if_track_exists);
  EXPECT_FALSE(plan->outputs[3].if_track_exists);
}

TEST(JobPlan, ChoosesACopysContainerByItsName) {
  Job job = JobFor("s3://videos/talk.mp4");
  job.profile = "copy";
  EXPECT_EQ(UriOf(job), "s3://videos/audio/talk.mp4/copy.mka");
  auto copy = PlanJob(job, Rules());
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(ContentTypeOf(ContainerOf(copy->outputs[0].profile)),
            "audio/matroska");
  for (auto [uri, container] : {std::pair{"s3://audio/x.m4a", Container::kM4a},
                                {"s3://audio/x.opus", Container::kOgg},
                                {"s3://audio/x", Container::kFitting}}) {
    job.output_uri = uri;
    EXPECT_EQ(PlanJob(job, Rules())->outputs[0].profile.container, container);
  }
}

TEST(JobPlan, CutsTheClipThatIsAskedFor) {
  auto plan = PlanJob(
      WithOptions(R"({"start": 1.5, "duration": 0.000001, "loudness": true})"),
      Rules());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->clip, (Clip{1'500'000, 1}));
  EXPECT_TRUE(plan->loudness);
  EXPECT_EQ(*ParsePlan(FormatPlan(*plan)), *plan);
}

TEST(JobPlan, RefusesOddOutputsAndClips) {
  ExpectRefused(WithOptions(R"({"start": -1})"), "'start' must be a number");
  ExpectRefused(WithOptions(R"({"start": 1e9})"), "'start' must be a number");
  ExpectRefused(WithOptions(R"({"duration": 0})"), "must be above 0");
  ExpectRefused(WithOptions(R"({"track": -1})"), "option 'track' must be");
  ExpectRefused(WithOptions(R"({"track": "../x"})"), "option 'track' must be");
  ExpectRefused(WithOptions(R"({"outputs": {}})"), "must be a list");
  ExpectRefused(WithOptions(R"({"outputs": [1]})"), "must list JSON objects");
  ExpectRefused(WithOptions(R"({"outputs": [{}]})"), "two outputs go to");
  ExpectRefused(WithOptions(R"({"outputs": [{"profile": "x"}]})"),
                "there is no profile 'x'");
  ExpectRefused(WithOptions(R"({"outputs": [{"loudness": true}]})"),
                "option 'loudness' is unknown");
  ExpectRefused(
      WithOptions(R"({"outputs": [{"kind": "metadata", "bitrate": 8}]})"),
      "'metadata' takes no profile or settings");
  ExpectRefused(WithOptions(R"({"outputs": [{"min_seconds": 2}]})"),
                "are for kind silence");
  ExpectRefused(WithOptions(R"({"outputs": [{"uri": "s3://other/x"}]})"),
                "uri of outputs[0] lies in bucket 'other'");
  ExpectRefused(
      WithOptions(R"({"outputs": [{"uri": "s3://videos/talk.mp4"}]})"),
      "is the source itself");
}

TEST(JobPlan, RefusesAPlanThatIsNone) {
  auto plan = PlanJob(WithOptions(""), Rules());
  std::string text = FormatPlan(*plan);
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(ParsePlan(text.substr(0, size)).ok()) << size;
  for (const char* odd :
       {"", "null", "[]", "{}", R"({"ifExists":"fail","outputs":[]})",
        R"({"ifExists":"maybe","outputs":[]})",
        R"({"ifExists":"fail","outputs":[{"index":0}]})"})
    EXPECT_FALSE(ParsePlan(odd).ok()) << odd;
}

TEST(JobPlan, HasEightOutputsAtMost) {
  auto plan = PlanJob(WithOptions(""), Rules());
  plan->outputs.resize(9, plan->outputs[0]);
  EXPECT_FALSE(ParsePlan(FormatPlan(*plan)).ok());
  plan->outputs.resize(8);
  EXPECT_TRUE(ParsePlan(FormatPlan(*plan)).ok());
}

TEST(JobPlan, LocksAnOutputByItsUri) {
  EXPECT_EQ(OutputLock("s3://audio/a"), OutputLock("s3://audio/a"));
  EXPECT_NE(OutputLock("s3://audio/a"), OutputLock("s3://audio/b"));
}

TEST(JobPlan, KnowsWhatMayLieUnderAKey) {
  for (IfExists mode :
       {IfExists::kReplaceOwn, IfExists::kSkip, IfExists::kFail})
    EXPECT_EQ(ParseIfExists(IfExistsName(mode)), mode);
  EXPECT_FALSE(ParseIfExists("maybe"));
}

}  // namespace
}  // namespace vexaa::jobs

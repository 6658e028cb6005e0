#include "lib/jobs/job_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::jobs {
namespace {

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
  ExpectRefused(WithOptions(R"({"bitrate": 0})"), "positive whole number");
  ExpectRefused(WithOptions(R"({"bitrate": -1})"), "positive whole number");
  ExpectRefused(WithOptions(R"({"bitrate": 1.5})"), "positive whole number");
  ExpectRefused(WithOptions(R"({"bitrate": 18446744073709551615})"),
                "positive whole number");
  ExpectRefused(WithOptions(R"({"bitrate": 999999})"),
                "bitrate must be between");
  ExpectRefused(WithOptions(R"({"sample_rate": 44000})"), "MP3 has no");
  ExpectRefused(WithOptions(R"({"if_exists": true})"), "'if_exists' must be");
}

TEST(JobPlan, IsReadBackAsItWasWritten) {
  auto plan = PlanJob(WithOptions(R"({"if_exists": "fail"})"), Rules());
  EXPECT_EQ(*ParsePlan(FormatPlan(*plan)), *plan);
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
  for (IfExists mode : {IfExists::kReplaceOwn, IfExists::kFail})
    EXPECT_EQ(ParseIfExists(IfExistsName(mode)), mode);
  EXPECT_FALSE(ParseIfExists("skip"));
}

}  // namespace
}  // namespace vexaa::jobs

#include "lib/jobs/run_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::jobs {
namespace {

using ::testing::HasSubstr;

Job ExampleJob() {
  Job job;
  job.id = JobId(42);
  job.attempt = 2;
  job.claim_nonce = "00ff";
  job.source_uri = "s3://videos/ä \"talk\".mp4";
  job.timeout_seconds = 3600;
  job.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return job;
}

JobPlan ExamplePlan() {
  JobPlan plan;
  plan.if_exists = IfExists::kFail;
  plan.outputs = {{0, OutputKind::kAudio, "s3://audio/a.mp3",
                   *FindBuiltInProfile("mp3-128k")},
                  {1, OutputKind::kAudio, "s3://audio/a.wav",
                   *FindBuiltInProfile("speech-16k")}};
  return plan;
}

std::string ExampleText() {
  return FormatRunSpec(MakeRunSpec(ExampleJob(), ExamplePlan()));
}

std::string Replaced(std::string text, const std::string& from,
                     const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(RunSpec, SaysWhatTheRowAndItsPlanSay) {
  RunSpec spec = MakeRunSpec(ExampleJob(), ExamplePlan());
  EXPECT_EQ(spec.attempt, (AttemptId{JobId(42), 2}));
  EXPECT_EQ(spec.token, "42.2.00ff");
  EXPECT_EQ(spec.timeout_seconds, 3600);
  EXPECT_EQ(spec.plan.outputs.size(), 2u);
}

TEST(RunSpec, IsReadBackAsItWasWritten) {
  RunSpec spec = MakeRunSpec(ExampleJob(), ExamplePlan());
  auto parsed = ParseRunSpec(FormatRunSpec(spec));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, spec);
}

TEST(RunSpec, IgnoresFieldsOfANewerController) {
  std::string text =
      Replaced(ExampleText(), "{\"version\":1", "{\"shiny\":[1],\"version\":1");
  EXPECT_TRUE(ParseRunSpec(text).ok());
}

TEST(RunSpec, RefusesAnotherVersion) {
  auto parsed =
      ParseRunSpec(Replaced(ExampleText(), "\"version\":1", "\"version\":2"));
  EXPECT_EQ(ReasonOf(parsed.status()), Reason::kInvalidConfig);
  EXPECT_THAT(parsed.status().message(), HasSubstr("version 2"));
}

TEST(RunSpec, RefusesEveryCutOffSpec) {
  std::string text = ExampleText();
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(ParseRunSpec(text.substr(0, size)).ok()) << size;
}

TEST(RunSpec, RefusesHostileJson) {
  std::string text = ExampleText();
  for (const std::string& hostile :
       {std::string("null"), std::string("[]"), std::string("\"x\""),
        std::string(100'000, '['),
        Replaced(text, "\"job\":42", "\"job\":\"x\""),
        Replaced(text, "\"outputs\":[", "\"outputs\":5,\"x\":["),
        Replaced(text, "\"uri\":\"s3://videos",
                 "\"uri\":7,\"x\":\"s3://videos"),
        Replaced(text, "\"codec\":\"mp3\"", "\"codec\":\"exec\"")})
    EXPECT_FALSE(ParseRunSpec(hostile).ok()) << hostile.substr(0, 200);
}

TEST(RunSpec, RefusesASpecWithoutOutputs) {
  JobPlan plan = ExamplePlan();
  plan.outputs.clear();
  EXPECT_FALSE(
      ParseRunSpec(FormatRunSpec(MakeRunSpec(ExampleJob(), plan))).ok());
}

}  // namespace
}  // namespace vexaa::jobs

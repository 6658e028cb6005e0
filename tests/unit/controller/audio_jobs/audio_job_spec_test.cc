#include "controller/audio_jobs/audio_job_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/jobs/reason.h"

namespace vexaa::controller {
namespace {

using testing::HasSubstr;

kube::AudioJob With(const std::string& spec) {
  kube::AudioJob job;
  job.name = "talk";
  job.uid = "uid-1";
  job.spec = spec;
  return job;
}

void ExpectRefused(const std::string& spec, const std::string& sentence) {
  auto row = RowOf(With(spec), "media");
  ASSERT_FALSE(row.ok()) << spec;
  EXPECT_EQ(jobs::ReasonOf(row.status()), jobs::Reason::kInvalidJob);
  EXPECT_THAT(row.status().message(), HasSubstr(sentence));
}

TEST(AudioJobSpec, HasTheTablesDefaults) {
  auto row = RowOf(With(R"({"sourceURI": "s3://videos/a.mp4"})"), "media");
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->cr_namespace, "media");
  EXPECT_EQ(row->cr_name, "talk");
  EXPECT_EQ(row->cr_uid, "uid-1");
  EXPECT_EQ(row->source_uri, "s3://videos/a.mp4");
  EXPECT_EQ(row->profile, "mp3-128k");
  EXPECT_EQ(row->queue_name, "default");
  EXPECT_EQ(row->max_attempts, 5);
  EXPECT_EQ(row->timeout_seconds, 3600);
  EXPECT_EQ(row->options, "");
  EXPECT_FALSE(row->run_at);
}

TEST(AudioJobSpec, CarriesEveryField) {
  auto row = RowOf(With(R"({"sourceURI": "s3://v/a", "outputURI": "s3://a/b",
               "profile": "flac", "options": {"track": 1}, "queueName": "q",
               "batch": "b", "priority": -3, "runAt": "2026-11-21T08:00:00Z",
               "maxAttempts": 2, "timeoutSeconds": 60,
               "idempotencyKey": "k", "labels": {"x": "y"}})"),
                   "media");
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->output_uri, "s3://a/b");
  EXPECT_EQ(row->profile, "flac");
  EXPECT_EQ(row->options, R"({"track":1})");
  EXPECT_EQ(row->queue_name, "q");
  EXPECT_EQ(row->batch, "b");
  EXPECT_EQ(row->priority, -3);
  EXPECT_EQ(row->run_at->time_since_epoch(), std::chrono::seconds(1795248000));
  EXPECT_EQ(row->max_attempts, 2);
  EXPECT_EQ(row->timeout_seconds, 60);
  EXPECT_EQ(row->idempotency_key, "k");
  EXPECT_EQ(row->labels, R"({"x":"y"})");
}

TEST(AudioJobSpec, NamesTheFieldAtFault) {
  ExpectRefused("{}", "spec.sourceURI is missing");
  ExpectRefused("", "spec.sourceURI is missing");
  ExpectRefused(R"({"sourceURI": 5})", "spec.sourceURI must be a text");
  ExpectRefused(R"({"sourceURI": "s3://v/a", "priority": 1.5})",
                "spec.priority must be a whole number");
  ExpectRefused(R"({"sourceURI": "s3://v/a", "runAt": "tomorrow"})",
                "spec.runAt must be a time");
  ExpectRefused(R"({"sourceURI": "s3://v/a", "options": []})",
                "spec.options must be an object");
}

TEST(AudioJobSpec, HasADigestThatKnowsNoPriorityAndNoOrder) {
  std::string digest = SpecDigest(R"({"a": 1, "b": 2, "priority": 3})");
  EXPECT_EQ(digest, SpecDigest(R"({"b": 2, "a": 1})"));
  EXPECT_NE(digest, SpecDigest(R"({"b": 2, "a": 2})"));
}

}  // namespace
}  // namespace vexaa::controller

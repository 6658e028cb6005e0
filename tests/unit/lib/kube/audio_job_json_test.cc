#include "lib/kube/audio_job_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vexaa::kube {
namespace {

using testing::HasSubstr;

constexpr char kObject[] = R"({
  "metadata": {"name": "talk", "uid": "u1", "resourceVersion": "7",
               "generation": 2},
  "spec": {"sourceURI": "s3://v/a", "priority": 3},
  "status": {"jobId": 42, "state": "running", "progress": 40, "attempts": 1,
             "installation": "i", "observedGeneration": 1, "specDigest": "d",
             "conditions": [{"type": "Accepted", "status": "True",
                             "reason": "Queued", "message": "job 42",
                             "lastTransitionTime": "2026-11-21T08:00:00Z"}]}})";

AudioJob Parsed(const std::string& object = kObject) {
  auto page = ParseAudioJobPage(
      R"({"metadata": {"resourceVersion": "9"}, "items": [)" + object + "]}");
  EXPECT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->list.jobs.size(), 1u);
  return page->list.jobs.at(0);
}

TEST(AudioJobJson, ReadsWhatTheServerSends) {
  AudioJob job = Parsed();
  EXPECT_EQ(job.name, "talk");
  EXPECT_EQ(job.uid, "u1");
  EXPECT_EQ(job.resource_version, "7");
  EXPECT_EQ(job.generation, 2);
  EXPECT_FALSE(job.deleting);
  EXPECT_THAT(job.spec, HasSubstr("s3://v/a"));
  EXPECT_EQ(job.status.job_id, 42u);
  EXPECT_EQ(job.status.progress, 40);
  ASSERT_EQ(job.status.conditions.size(), 1u);
  EXPECT_TRUE(job.status.conditions[0].is_true);
}

TEST(AudioJobJson, WritesAStatusThatIsReadBackAsItWas) {
  AudioJob job = Parsed();
  job.status.conditions.push_back({"Finished", false, "Running", "", "t"});
  auto patch = nlohmann::json::parse(FormatStatusPatch(job, job.status, false));
  EXPECT_EQ(patch["metadata"], nlohmann::json({{"uid", "u1"}}));
  nlohmann::json object = nlohmann::json::parse(kObject);
  object["status"] = patch["status"];
  EXPECT_EQ(Parsed(object.dump()).status, job.status);
}

TEST(AudioJobJson, SendsNoEmptyTextInsideAList) {
  AudioJob job = Parsed();
  job.status.conditions.push_back({"Finished", false, "", "", ""});
  auto patch = nlohmann::json::parse(FormatStatusPatch(job, job.status, false));
  for (const auto& condition : patch["status"]["conditions"])
    for (const auto& [name, value] : condition.items())
      EXPECT_FALSE(value.is_null() || value == "") << name;
}

TEST(AudioJobJson, NamesTheVersionThatItChanges) {
  AudioJob job = Parsed();
  EXPECT_THAT(FormatStatusPatch(job, job.status, true),
              HasSubstr(R"("resourceVersion":"7")"));
}

TEST(AudioJobJson, ReadsEvents) {
  std::string object = kObject;
  auto event =
      ParseAudioJobEvent(R"({"type": "MODIFIED", "object": )" + object + "}");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type, AudioJobEvent::Type::kChanged);
  event =
      ParseAudioJobEvent(R"({"type": "DELETED", "object": )" + object + "}");
  EXPECT_EQ(event->type, AudioJobEvent::Type::kDeleted);
  event = ParseAudioJobEvent(
      R"({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "8"}}})");
  EXPECT_EQ(event->type, AudioJobEvent::Type::kBookmark);
  EXPECT_EQ(event->job.resource_version, "8");
}

TEST(AudioJobJson, RefusesWhatIsNone) {
  EXPECT_FALSE(ParseAudioJobEvent("{").ok());
  EXPECT_EQ(
      ParseAudioJobEvent(R"({"type": "NEW", "object": {}})").status().code(),
      base::Code::kUnimplemented);
  EXPECT_FALSE(ParseAudioJobEvent(R"({"type": "ADDED", "object": {}})").ok());
  EXPECT_EQ(ParseAudioJobEvent(
                R"({"type": "ERROR", "object": {"kind": "Status", "code": 410,
                    "reason": "Expired", "message": "too old"}})")
                .status()
                .code(),
            base::Code::kFailedPrecondition);
  EXPECT_FALSE(ParseAudioJobPage(R"({"items": 5})").ok());
}

TEST(AudioJobJson, KeepsNoSpecThatIsTooLarge) {
  nlohmann::json object = nlohmann::json::parse(kObject);
  object["spec"]["options"]["x"] = std::string(100'000, 'x');
  EXPECT_EQ(Parsed(object.dump()).spec, "");
}

TEST(AudioJobJson, ReadsTheOthersBesideOneThatIsNestedTooDeep) {
  const std::string deep =
      std::string(90, '[') + R"("]}", {"a": 1})" + std::string(90, ']');
  const std::string odd =
      R"({"metadata": {"name": "odd", "uid": "u2"}, "spec": {"options": )" +
      deep + R"(, "sourceURI": "s3://v/b"}, "status": {"jobId": 7}})";
  auto page =
      ParseAudioJobPage(R"({"metadata": {"resourceVersion": "9"}, "items": [)" +
                        odd + "," + kObject + "]}");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->list.jobs.size(), 2u);
  EXPECT_THAT(page->list.jobs[0].spec, HasSubstr("s3://v/b"));
  EXPECT_THAT(page->list.jobs[0].spec, HasSubstr("[[[["));
  EXPECT_EQ(page->list.jobs[0].status.job_id, 7u);
  EXPECT_EQ(page->list.jobs[1].uid, "u1");
  EXPECT_TRUE(
      ParseAudioJobEvent(R"({"type": "ADDED", "object": )" + odd + "}").ok());
}

}  // namespace
}  // namespace vexaa::kube

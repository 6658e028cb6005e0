#include "lib/kube/proto_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/base/time_text.h"
#include "lib/kube/api_error.h"
#include "lib/kube/pod_json.h"
#include "tests/unit/lib/kube/proto_text.h"

namespace vexaa::kube {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

std::string Entry(const std::string& key, const std::string& value) {
  return ProtoBytes(1, key) + ProtoBytes(2, value);
}

std::string Metadata() {
  return ProtoBytes(1, "vexaa-job-7-1") + ProtoBytes(3, "media") +
         ProtoBytes(5, "u-1") + ProtoBytes(6, "42") +
         ProtoBytes(8, ProtoNumber(1, 1795237200) + ProtoNumber(2, 0)) +
         ProtoBytes(11, Entry("vexaa.io/job-id", "7")) +
         ProtoBytes(11, Entry("env", "prod")) +
         ProtoBytes(12, Entry("a", "b")) + ProtoBytes(17, "managed");
}

std::string Terminated() {
  return ProtoNumber(1, 137) + ProtoNumber(2, 9) + ProtoBytes(3, "OOMKilled") +
         ProtoBytes(4, R"({"v":1})") +
         ProtoBytes(5, ProtoNumber(1, 1795237260)) + ProtoBytes(6, "");
}

std::string Status() {
  const std::string lost = ProtoBytes(1, "DisruptionTarget") +
                           ProtoBytes(2, "True") + ProtoBytes(5, "Drain");
  const std::string sidecar = ProtoBytes(1, "istio");
  const std::string runner =
      ProtoBytes(1, "runner") + ProtoBytes(2, ProtoBytes(3, Terminated()));
  return ProtoBytes(1, "Failed") + ProtoBytes(2, lost) +
         ProtoBytes(3, "The node was low") + ProtoBytes(4, "Evicted") +
         ProtoBytes(8, sidecar) + ProtoBytes(8, runner);
}

std::string Spec() {
  return ProtoBytes(2, ProtoBytes(1, "runner") + ProtoBytes(2, "image")) +
         ProtoBytes(10, "node1");
}

std::string PodText() {
  return ProtoBytes(1, Metadata()) + ProtoBytes(2, Spec()) +
         ProtoBytes(3, Status());
}

TEST(ParsePodFrame, ReadsWhatJsonWouldSay) {
  const auto event = ParsePodFrame(ProtoEvent("MODIFIED", PodText()));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type, PodEventType::kModified);
  const Pod& pod = event->pod;
  EXPECT_EQ(pod.name, "vexaa-job-7-1");
  EXPECT_EQ(pod.uid, "u-1");
  EXPECT_EQ(pod.resource_version, "42");
  EXPECT_THAT(pod.labels, UnorderedElementsAre(Pair("vexaa.io/job-id", "7"),
                                               Pair("env", "prod")));
  EXPECT_THAT(pod.annotations, UnorderedElementsAre(Pair("a", "b")));
  EXPECT_EQ(base::FormatRfc3339(pod.created_at), "2026-11-21T05:00:00.000000Z");
  EXPECT_FALSE(pod.deletion_time);
  EXPECT_EQ(pod.phase, PodPhase::kFailed);
  EXPECT_EQ(pod.status_reason, "Evicted");
  EXPECT_EQ(pod.status_message, "The node was low");
  EXPECT_EQ(pod.node_name, "node1");
  EXPECT_TRUE(pod.disrupted);
}

TEST(ParsePodFrame, ReadsTheEndOfTheMainContainerNotOfASidecar) {
  const auto event = ParsePodFrame(ProtoEvent("DELETED", PodText()));
  ASSERT_TRUE(event.ok()) << event.status();
  ASSERT_TRUE(event->pod.termination);
  EXPECT_EQ(event->pod.termination->exit_code, 137);
  EXPECT_EQ(event->pod.termination->signal, 9);
  EXPECT_EQ(event->pod.termination->reason, "OOMKilled");
  EXPECT_EQ(event->pod.termination->message, R"({"v":1})");
  EXPECT_EQ(base::FormatRfc3339(*event->pod.started_at),
            "2026-11-21T05:01:00.000000Z");
  EXPECT_FALSE(event->pod.termination->finished_at);
}

TEST(ParsePodFrame, ReadsABookmarkThatHasOnlyAVersion) {
  const auto event =
      ParsePodFrame(ProtoEvent("BOOKMARK", ProtoBytes(1, ProtoBytes(6, "9"))));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type, PodEventType::kBookmark);
  EXPECT_EQ(event->pod.resource_version, "9");
}

TEST(ParsePodFrame, ReturnsAnErrorEventAsItsError) {
  const auto event = ParsePodFrame(
      ProtoEvent("ERROR", ProtoBytes(3, "too old resource version") +
                              ProtoBytes(4, "Expired") + ProtoNumber(6, 410)));
  EXPECT_EQ(event.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(event.status().message(), HasSubstr("too old"));
}

TEST(ParsePodFrame, RefusesEveryFrameThatIsCutShort) {
  const std::string pod = PodText();
  for (size_t size = 1; size < pod.size(); ++size) {
    const auto event = ParsePodFrame(ProtoEvent("ADDED", pod.substr(0, size)));
    // Where a field of the pod ends, the rest is only missing.
    if (event.ok()) continue;
    EXPECT_EQ(event.status().code(), Code::kDataLoss) << size;
  }
  const std::string frame = ProtoEvent("ADDED", pod);
  EXPECT_EQ(ParsePodFrame(frame.substr(0, frame.size() - 1)).status().code(),
            Code::kDataLoss);
  EXPECT_EQ(ParsePodFrame("\xff\xff\xff").status().code(), Code::kDataLoss);
  EXPECT_EQ(ParsePodFrame("").status().code(), Code::kDataLoss);
  EXPECT_EQ(ParsePodFrame(R"({"type":"ADDED"})").status().code(),
            Code::kDataLoss);
}

TEST(ParsePodFrame, ReadsNothingBeyondAFrameWhateverItsBytesAre) {
  const std::string frame = ProtoEvent("MODIFIED", PodText());
  for (size_t at = 0; at < frame.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string odd = frame;
      odd[at] = static_cast<char>(odd[at] ^ (1 << bit));
      const auto event = ParsePodFrame(odd);
      EXPECT_TRUE(event.ok() || !event.status().message().empty());
    }
}

TEST(ParsePodFrame, TakesOddNumbersTypesAndBytesAsTheyCome) {
  const std::string odd = ProtoNumber(1, 5) + ProtoBytes(1, "p\xff") +
                          ProtoBytes(5, "u") +
                          "\xf5\x01"
                          "1234" +
                          "\xf1\x01"
                          "12345678";
  const auto event = ParsePodFrame(ProtoEvent("ADDED", ProtoBytes(1, odd)));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->pod.name, "p?");
}

TEST(StatusOfAnswer, ReadsAStatusInProtobuf) {
  const std::string cause = ProtoBytes(1, "ResourceVersionTooLarge");
  http::Response answer;
  answer.status = 504;
  answer.body =
      ProtoObject(ProtoBytes(3, "Too large resource version") +
                  ProtoBytes(5, ProtoBytes(4, cause)) + ProtoNumber(6, 504));
  const base::Status status = StatusOfAnswer(answer);
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.detail(), "ResourceVersionTooLarge");
  EXPECT_EQ(status.message(), "Too large resource version");
}

}  // namespace
}  // namespace vexaa::kube

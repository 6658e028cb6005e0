#include "lib/kube/pod_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/base/time_text.h"

namespace vexaa::kube {
namespace {

using base::Code;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr char kFinished[] = R"({
  "kind": "Pod", "apiVersion": "v1",
  "metadata": {
    "name": "vexaa-job-7-1", "uid": "u-1", "resourceVersion": "42",
    "creationTimestamp": "2026-11-21T05:00:00Z",
    "deletionTimestamp": "2026-11-21T05:10:00Z",
    "labels": {"vexaa.io/job-id": "7", "env": "prod"},
    "annotations": {"a": "b"},
    "managedFields": [{"manager": "x"}]
  },
  "spec": {"nodeName": "node1", "containers": [{"name": "runner"}]},
  "status": {
    "phase": "Failed", "reason": "Evicted", "message": "The node was low",
    "conditions": [{"type": "DisruptionTarget", "status": "True"},
                   {"type": "PodScheduled", "status": "True",
                    "lastTransitionTime": "2026-11-21T05:00:30Z"}],
    "containerStatuses": [
      {"name": "istio", "state": {"running": {}}},
      {"name": "runner", "state": {"terminated": {
        "exitCode": 137, "signal": 9, "reason": "OOMKilled",
        "message": "{\"v\":1}", "startedAt": "2026-11-21T05:01:00Z",
        "finishedAt": "2026-11-21T05:02:00Z"}}}]
  }})";

base::Time At(const char* text) { return *base::ParseRfc3339(text); }

TEST(ParsePod, ReadsWhatDecides) {
  const auto pod = ParsePod(kFinished);
  ASSERT_TRUE(pod.ok()) << pod.status();
  EXPECT_EQ(pod->name, "vexaa-job-7-1");
  EXPECT_EQ(pod->uid, "u-1");
  EXPECT_EQ(pod->resource_version, "42");
  EXPECT_THAT(pod->labels, UnorderedElementsAre(Pair("vexaa.io/job-id", "7"),
                                                Pair("env", "prod")));
  EXPECT_THAT(pod->annotations, UnorderedElementsAre(Pair("a", "b")));
  EXPECT_EQ(pod->phase, PodPhase::kFailed);
  EXPECT_EQ(pod->status_reason, "Evicted");
  EXPECT_EQ(pod->status_message, "The node was low");
  EXPECT_EQ(pod->node_name, "node1");
  EXPECT_EQ(pod->created_at, At("2026-11-21T05:00:00Z"));
  EXPECT_EQ(pod->deletion_time, At("2026-11-21T05:10:00Z"));
  EXPECT_TRUE(pod->disrupted);
  EXPECT_FALSE(pod->unschedulable);
  EXPECT_EQ(pod->scheduled_at, At("2026-11-21T05:00:30Z"));
}

TEST(ParsePod, ReadsTheEndOfTheMainContainerNotOfASidecar) {
  const auto pod = ParsePod(kFinished);
  ASSERT_TRUE(pod.ok());
  ASSERT_TRUE(pod->termination.has_value());
  EXPECT_EQ(pod->termination->exit_code, 137);
  EXPECT_EQ(pod->termination->signal, 9);
  EXPECT_EQ(pod->termination->reason, "OOMKilled");
  EXPECT_EQ(pod->termination->message, R"({"v":1})");
  EXPECT_EQ(pod->started_at, At("2026-11-21T05:01:00Z"));
  EXPECT_EQ(pod->termination->finished_at, At("2026-11-21T05:02:00Z"));
}

TEST(ParsePod, ReadsWhyAPodWaits) {
  const auto pod = ParsePod(R"({"metadata":{"name":"a","uid":"u"},
    "spec":{"containers":[{"name":"c"}]},
    "status":{"phase":"Pending","conditions":[
      {"type":"PodScheduled","status":"False","reason":"Unschedulable",
       "message":"0/1 nodes are available: 1 Insufficient cpu."}],
    "containerStatuses":[{"name":"c","state":{"waiting":{
      "reason":"ImagePullBackOff","message":"Back-off pulling image"}}}]}})");
  ASSERT_TRUE(pod.ok());
  EXPECT_EQ(pod->phase, PodPhase::kPending);
  EXPECT_TRUE(pod->unschedulable);
  EXPECT_EQ(pod->unschedulable_message,
            "0/1 nodes are available: 1 Insufficient cpu.");
  EXPECT_EQ(pod->waiting_reason, "ImagePullBackOff");
  EXPECT_EQ(pod->waiting_message, "Back-off pulling image");
  EXPECT_FALSE(pod->termination.has_value());
}

TEST(ParsePod, ToleratesFieldsOfTheWrongKind) {
  const auto pod = ParsePod(R"({"metadata":{"name":"a","uid":"u","labels":[1],
    "annotations":{"x":1,"y":null},"creationTimestamp":7},
    "spec":"none","status":{"phase":3,"conditions":{},
    "containerStatuses":[null,{"state":{"terminated":
      {"exitCode":99999999999,"startedAt":null}}}]}})");
  ASSERT_TRUE(pod.ok()) << pod.status();
  EXPECT_EQ(pod->phase, PodPhase::kUnknown);
  EXPECT_THAT(pod->labels, IsEmpty());
  EXPECT_THAT(pod->annotations, IsEmpty());
  EXPECT_FALSE(pod->termination.has_value());
}

TEST(ParsePod, NeedsANameAndAUid) {
  EXPECT_EQ(ParsePod(R"({"metadata":{"name":"a"}})").status().code(),
            Code::kDataLoss);
  EXPECT_EQ(ParsePod("[]").status().code(), Code::kDataLoss);
  EXPECT_EQ(ParsePod("").status().code(), Code::kDataLoss);
  EXPECT_EQ(ParsePod(R"({"metadata":)").status().code(), Code::kDataLoss);
}

TEST(ParsePod, ReadsPastWhatIsNestedTooDeep) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(ParsePod(deep).status().code(), Code::kDataLoss);
  EXPECT_TRUE(
      ParsePod(R"({"x":)" + deep + R"(,"metadata":{"name":"a","uid":"u"}})")
          .ok());
  // Brackets inside a string are no nesting.
  EXPECT_TRUE(ParsePod(R"({"metadata":{"name":"a","uid":"u","x":"\")" +
                       std::string(200, '[') + R"("}})")
                  .ok());
}

TEST(ParsePod, ReadsPastManagedFieldsOfAnyForm) {
  const auto pod = ParsePod(
      R"({"metadata": {"managedFields" : [{"fieldsV1": {"f:a": {}, "x]}\"{": 1}}],
          "name": "p", "labels": {"a": "managedFields", "managedFields": "b"},
          "annotations": {"\"managedFields\":[": "c"}, "uid": "u"}})");
  ASSERT_TRUE(pod.ok()) << pod.status();
  EXPECT_EQ(pod->uid, "u");
  EXPECT_THAT(pod->labels, UnorderedElementsAre(Pair("a", "managedFields"),
                                                Pair("managedFields", "b")));
  EXPECT_THAT(pod->annotations,
              UnorderedElementsAre(Pair("\"managedFields\":[", "c")));
}

TEST(ParsePod, RefusesTextThatEndsWithinManagedFields) {
  for (const char* cut : {R"({"metadata":{"managedFields":[{"a)",
                          R"({"metadata":{"managedFields":[)",
                          R"({"metadata":{"managedFields)", "\"", "\"\\"})
    EXPECT_EQ(ParsePod(cut).status().code(), Code::kDataLoss) << cut;
}

TEST(ParsePod, CutsLongTextsBetweenCharacters) {
  std::string message = "x";
  for (int i = 0; i < 10000; ++i) message += "\u00e9";  // two bytes each
  const auto pod =
      ParsePod(R"({"metadata":{"name":"a","uid":"u"},"status":{"message":")" +
               message + R"("}})");
  ASSERT_TRUE(pod.ok());
  EXPECT_EQ(pod->status_message.size(), 4095);
  EXPECT_EQ(pod->status_message, message.substr(0, 4095));
}

TEST(ParsePod, LeavesOutLargeAnnotations) {
  const auto pod = ParsePod(
      R"({"metadata":{"name":"a","uid":"u","annotations":{"small":"1","big":")" +
      std::string(5000, 'x') + R"("}}})");
  ASSERT_TRUE(pod.ok());
  EXPECT_THAT(pod->annotations, UnorderedElementsAre(Pair("small", "1")));
}

// A pod as a server far beyond 1.20 shows it: what we read is where it was, and
// the rest is nothing to us.
TEST(ParsePod, ReadsAPodOfANewerServer) {
  const auto pod = ParsePod(R"({"apiVersion":"v1","kind":"Pod","metadata":{
    "name":"vexaa-job-7-1","uid":"u","resourceVersion":"9","generation":2,
    "creationTimestamp":"2025-11-21T08:00:00Z",
    "managedFields":[{"manager":"kubelet","subresource":"status"}]},
    "spec":{"nodeName":"node1","schedulingGates":[],"resourceClaims":[],
      "resources":{"limits":{"cpu":"1"}},"hostUsers":false,
      "initContainers":[{"name":"proxy","restartPolicy":"Always"}],
      "containers":[{"name":"runner","resizePolicy":[{"resourceName":"cpu"}]}]},
    "status":{"phase":"Succeeded","observedGeneration":2,"qosClass":"Burstable",
      "hostIP":"10.0.0.1","hostIPs":[{"ip":"10.0.0.1"}],"resize":"",
      "resourceClaimStatuses":[{"name":"gpu"}],
      "conditions":[
        {"type":"PodReadyToStartContainers","status":"False",
         "observedGeneration":2},
        {"type":"PodScheduled","status":"True","observedGeneration":2}],
      "initContainerStatuses":[{"name":"proxy","started":true,"state":
        {"running":{"startedAt":"2025-11-21T08:00:01Z"}}}],
      "containerStatuses":[{"name":"runner","allocatedResources":{"cpu":"1"},
        "resources":{"limits":{"cpu":"1"}},"stopSignal":"SIGTERM",
        "user":{"linux":{"uid":65532,"supplementalGroups":[65532]}},
        "volumeMounts":[{"name":"s3","recursiveReadOnly":"Disabled"}],
        "allocatedResourcesStatus":[{"name":"x","resources":[]}],
        "lastState":{},"state":{"terminated":{"exitCode":0,
          "reason":"Completed","message":"staged","containerID":"c://1",
          "startedAt":"2025-11-21T08:00:02Z",
          "finishedAt":"2025-11-21T08:00:09Z","somethingNew":{"a":[1]}}}}]}})");
  ASSERT_TRUE(pod.ok()) << pod.status();
  EXPECT_EQ(pod->phase, PodPhase::kSucceeded);
  EXPECT_EQ(pod->node_name, "node1");
  EXPECT_FALSE(pod->unschedulable);
  EXPECT_FALSE(pod->disrupted);
  ASSERT_TRUE(pod->termination);
  EXPECT_EQ(pod->termination->exit_code, 0);
  EXPECT_EQ(pod->termination->message, "staged");
  EXPECT_TRUE(pod->termination->finished_at);
}

TEST(ParsePodPage, ReadsItemsVersionAndContinueToken) {
  const auto page = ParsePodPage(R"({"kind":"PodList",
    "metadata":{"resourceVersion":"9","continue":"t"},
    "items":[{"metadata":{"name":"a","uid":"1"}},{"metadata":{}},
             {"metadata":{"name":"b","uid":"2"}}]})");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->list.pods.size(), 2);
  EXPECT_EQ(page->list.pods[1].name, "b");
  EXPECT_EQ(page->list.resource_version, "9");
  EXPECT_EQ(page->next, "t");
}

TEST(ParsePodPage, ReadsAnEmptyListAsGoWritesIt) {
  const auto page =
      ParsePodPage(R"({"metadata":{"resourceVersion":"9"},"items":null})");
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->list.pods, IsEmpty());
}

TEST(ParsePodPage, NeverTakesSomethingElseForAnEmptyList) {
  EXPECT_FALSE(ParsePodPage("{}").ok());
  EXPECT_FALSE(ParsePodPage(R"({"items":[]})").ok());
  EXPECT_FALSE(
      ParsePodPage(R"({"metadata":{"resourceVersion":"9"},"items":"x"})").ok());
}

TEST(ParsePodEvent, ReadsEveryType) {
  const auto line = [](const std::string& type) {
    return R"({"type":")" + type +
           R"(","object":{"metadata":{"name":"a","uid":"u",)"
           R"("resourceVersion":"5"}}})";
  };
  EXPECT_EQ(ParsePodEvent(line("ADDED"))->type, PodEventType::kAdded);
  EXPECT_EQ(ParsePodEvent(line("MODIFIED"))->type, PodEventType::kModified);
  EXPECT_EQ(ParsePodEvent(line("DELETED"))->type, PodEventType::kDeleted);
  EXPECT_EQ(ParsePodEvent(line("DELETED"))->pod.name, "a");
  EXPECT_EQ(ParsePodEvent(line("NEWTYPE")).status().code(),
            Code::kUnimplemented);
}

TEST(ParsePodEvent, ReadsABookmarkThatHasOnlyAVersion) {
  const auto event = ParsePodEvent(
      R"({"type":"BOOKMARK","object":{"kind":"Pod","metadata":)"
      R"({"resourceVersion":"12746","creationTimestamp":null}}})");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type, PodEventType::kBookmark);
  EXPECT_EQ(event->pod.resource_version, "12746");
}

// Servers from 1.27 on mark the end of a watch's initial events so.
TEST(ParsePodEvent, ReadsABookmarkOfANewerServer) {
  const auto event = ParsePodEvent(
      R"({"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1",)"
      R"("metadata":{"resourceVersion":"12746","creationTimestamp":null,)"
      R"("annotations":{"k8s.io/initial-events-end":"true"}},)"
      R"("spec":{"containers":null},"status":{}},"somethingNew":1})");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type, PodEventType::kBookmark);
  EXPECT_EQ(event->pod.resource_version, "12746");
}

TEST(ParsePodEvent, ReturnsAnErrorEventAsItsError) {
  const auto event = ParsePodEvent(
      R"({"type":"ERROR","object":{"kind":"Status","code":410,)"
      R"("reason":"Expired","message":"too old resource version: 1"}})");
  EXPECT_EQ(event.status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(event.status().message(), "too old resource version: 1");
}

TEST(ParsePodEvent, RefusesAHalfLine) {
  EXPECT_EQ(ParsePodEvent(R"({"type":"ADDED","obj)").status().code(),
            Code::kDataLoss);
  EXPECT_EQ(ParsePodEvent(R"({"type":"ADDED"})").status().code(),
            Code::kDataLoss);
}

TEST(ParseUid, ReadsItFromAnyObject) {
  EXPECT_EQ(*ParseUid(R"({"metadata":{"uid":"u"}})"), "u");
  EXPECT_EQ(ParseUid("{}").status().code(), Code::kDataLoss);
}

}  // namespace
}  // namespace vexaa::kube

// What the API server says of a pod in each of its troubles, word for word as
// clusters say it, and what it comes to for the job.
#include <gtest/gtest.h>

#include <string>

#include "controller/pod_observation.h"
#include "controller/pod_runtime.h"
#include "lib/kube/pod_json.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::Reason;
using jobs::ReasonClass;

const base::Time kNow{std::chrono::seconds(1'763'713'200)};  // 08:20
constexpr char kJustNow[] = "2025-11-21T08:19:30Z";
constexpr char kAnHourAgo[] = "2025-11-21T07:20:00Z";

jobs::Job TheJob() {
  jobs::Job job;
  job.id = jobs::JobId(7);
  job.attempt = 1;
  job.claim_nonce = "beef";
  job.state = jobs::JobState::kRunning;
  return job;
}

// `metadata` and `spec` end with a comma where they are not empty.
std::string PodJson(const std::string& created, const std::string& metadata,
                    const std::string& spec, const std::string& status) {
  return R"({"metadata": {"name": "vexaa-job-7-1", "uid": "u", )" + metadata +
         R"("creationTimestamp": ")" + created + R"(", "labels": {)" +
         R"("vexaa.io/installation": "6f3a", "vexaa.io/claim": "beef"}}, )" +
         R"("spec": {)" + spec + R"("containers": [{"name": "runner"}]}, )" +
         R"("status": )" + status + "}";
}

PodObservation Look(const std::string& json) {
  base::Result<kube::Pod> pod = kube::ParsePod(json);
  EXPECT_TRUE(pod.ok()) << pod.status() << "\n" << json;
  return Observe(&*pod, TheJob(), "6f3a", kNow);
}

std::string Waiting(const std::string& reason, const std::string& message) {
  return R"({"phase": "Pending", "containerStatuses": [{"name": "runner", )"
         R"("state": {"waiting": {"reason": ")" +
         reason + R"(", "message": ")" + message + R"("}}}]})";
}

std::string Ended(const std::string& phase, const std::string& terminated,
                  const std::string& more = "") {
  return R"({"phase": ")" + phase + R"(", )" + more +
         R"("containerStatuses": [{"name": "runner", "state": )"
         R"({"terminated": {"startedAt": "2025-11-21T08:19:31Z", )"
         R"("finishedAt": "2025-11-21T08:19:40Z", )" +
         terminated + "}}}]}";
}

struct Case {
  const char* name;
  std::string json;
  Reason reason;
  ReasonClass reason_class;
  const char* words;  // of the cluster's, that the message keeps
};

constexpr char kOnNode[] = R"("nodeName": "node1", )";

// Pods that have not started: `reason` is what they are ended for.
std::vector<Case> PendingCases() {
  return {
      {"ImageThatCannotBePulled",
       PodJson(kAnHourAgo, "", kOnNode,
               Waiting("ImagePullBackOff",
                       R"(Back-off pulling image \"vexaa/runner:nope\")")),
       Reason::kImagePullFailed, ReasonClass::kDeployment, "vexaa/runner:nope"},
      {"ImageThatMayNotBePulled",
       PodJson(kAnHourAgo, "", kOnNode,
               Waiting("ErrImageNeverPull",
                       "Container image is not present with pull policy of "
                       "Never")),
       Reason::kImagePullFailed, ReasonClass::kDeployment, "policy of Never"},
      {"ImageNameThatIsNone",
       PodJson(kJustNow, "", kOnNode,
               Waiting("InvalidImageName",
                       R"(Failed to apply default image tag \"vexaa//x\")")),
       Reason::kImagePullFailed, ReasonClass::kDeployment, "vexaa//x"},
      {"SecretThatIsNotThere",
       PodJson(kAnHourAgo, "", kOnNode,
               Waiting("CreateContainerConfigError",
                       R"(secret \"vexaa-s3\" not found)")),
       Reason::kInvalidConfig, ReasonClass::kDeployment, "vexaa-s3"},
      {"VolumeThatIsNeverMounted",
       PodJson(kAnHourAgo, "", kOnNode, Waiting("ContainerCreating", "")),
       Reason::kInvalidConfig, ReasonClass::kDeployment, "node1"},
      {"NoRoom",
       PodJson(kAnHourAgo, "", "",
               R"({"phase": "Pending", "conditions": [{"type": "PodScheduled",
                 "status": "False", "reason": "Unschedulable", "message":
                 "0/3 nodes are available: 3 Insufficient memory."}]})"),
       Reason::kUnschedulable, ReasonClass::kBackPressure,
       "0/3 nodes are available: 3 Insufficient memory."},
  };
}

// Pods that are over.
std::vector<Case> OverCases() {
  const std::string deleted =
      R"("deletionTimestamp": "2025-11-21T08:20:10Z", )";
  const std::string overdue =
      R"("deletionTimestamp": "2025-11-21T08:10:00Z", )";
  const std::string running =
      R"({"phase": "Running", "containerStatuses": [{"name": "runner",
          "state": {"running": {"startedAt": "2025-11-21T08:00:00Z"}}}]})";
  auto over = [](const std::string& status) {
    return PodJson(kJustNow, "", kOnNode, status);
  };
  return {
      {"OutOfMemory",
       over(Ended("Failed", R"("exitCode": 137, "reason": "OOMKilled")")),
       Reason::kOutOfMemory, ReasonClass::kTemporary, "memory"},
      {"Evicted", over(R"({"phase": "Failed", "reason": "Evicted", "message":
          "The node was low on resource: ephemeral-storage."})"),
       Reason::kEvicted, ReasonClass::kDisruption, "ephemeral-storage"},
      {"PreemptedByANewerServer",
       over(Ended("Failed", R"("exitCode": 143, "reason": "Error")",
                  R"("conditions": [{"type": "DisruptionTarget", "status":
                  "True", "reason": "PreemptionByScheduler", "message":
                  "preempting to accommodate a higher priority pod"}], )")),
       Reason::kEvicted, ReasonClass::kDisruption, "higher priority"},
      {"PreemptedByAKubelet",
       over(R"({"phase": "Failed", "reason": "Preempting", "message":
          "Preempted in order to admit critical pod"})"),
       Reason::kEvicted, ReasonClass::kDisruption, "critical pod"},
      {"NodeLost", over(R"({"phase": "Failed", "reason": "NodeLost", "message":
          "Node node1 which was running pod is unresponsive"})"),
       Reason::kNodeLost, ReasonClass::kDisruption, "unresponsive"},
      {"NodeShutDown",
       over(R"({"phase": "Failed", "reason": "Terminated", "message":
          "Pod was terminated in response to imminent node shutdown."})"),
       Reason::kNodeLost, ReasonClass::kDisruption, "imminent node shutdown"},
      {"NodeThatNeverEndsADeletedPod",
       PodJson(kAnHourAgo, overdue, kOnNode, running), Reason::kNodeLost,
       ReasonClass::kDisruption, "node1"},
      {"NodeThatForgotTheContainer",
       over(Ended("Failed",
                  R"("exitCode": 137, "reason": "ContainerStatusUnknown", )"
                  R"("message": "The container could not be located when )"
                  R"(the pod was terminated")")),
       Reason::kNodeLost, ReasonClass::kDisruption, "lost sight"},
      {"NodeThatHadNoRoomAfterAll",
       over(R"({"phase": "Failed", "reason": "OutOfcpu", "message":
          "Pod Node didn't have enough resource: cpu"})"),
       Reason::kUnschedulable, ReasonClass::kBackPressure, "enough resource"},
      {"NodeThatRefusedThePod",
       over(R"({"phase": "Failed", "reason": "NodeAffinity", "message":
          "Pod Predicate NodeAffinity failed"})"),
       Reason::kEvicted, ReasonClass::kDisruption, "NodeAffinity failed"},
      {"DeletedByHandBeforeItStarted",
       PodJson(kJustNow, deleted, "", R"({"phase": "Pending"})"),
       Reason::kPodLost, ReasonClass::kDisruption, "deleted"},
      {"DeletedByHandWhileItRan",
       PodJson(kJustNow, deleted, kOnNode,
               Ended("Failed", R"("exitCode": 143, "reason": "Error")")),
       Reason::kEvicted, ReasonClass::kDisruption, "told to stop"},
      {"PastThePodsOwnDeadline",
       over(R"({"phase": "Failed", "reason": "DeadlineExceeded", "message":
          "Pod was active on the node longer than the specified deadline"})"),
       Reason::kDeadlineExceeded, ReasonClass::kTemporary, "deadline"},
      {"ProgramThatCannotBeStarted",
       over(Ended("Failed", R"("exitCode": 128, "reason": "StartError",
          "message": "exec: \"/usr/local/bin/vexaa-runner\": no such file")")),
       Reason::kInvalidConfig, ReasonClass::kDeployment, "no such file"},
      {"Crashed",
       over(Ended("Failed", R"("exitCode": 139, "reason": "Error")")),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "139"},
      {"KilledByASignal",
       over(Ended("Failed", R"("exitCode": 137, "reason": "Error")")),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "SIGKILL"},
      {"WrongSpec", over(Ended("Failed", R"("exitCode": 64)")),
       Reason::kInvalidConfig, ReasonClass::kDeployment, "64"},
      {"UnusableInput", over(Ended("Failed", R"("exitCode": 65)")),
       Reason::kInputUnreadable, ReasonClass::kJobFault, "65"},
      {"MissingInput", over(Ended("Failed", R"("exitCode": 66)")),
       Reason::kInputNotFound, ReasonClass::kJobFault, "66"},
      {"Dependency", over(Ended("Failed", R"("exitCode": 69)")),
       Reason::kStorageUnavailable, ReasonClass::kTemporary, "69"},
      {"Bug", over(Ended("Failed", R"("exitCode": 70)")),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "70"},
      {"Temporary", over(Ended("Failed", R"("exitCode": 75)")),
       Reason::kStorageUnavailable, ReasonClass::kTemporary, "75"},
      {"AccessDenied", over(Ended("Failed", R"("exitCode": 77)")),
       Reason::kInputAccessDenied, ReasonClass::kJobFault, "77"},
      {"WrongConfig", over(Ended("Failed", R"("exitCode": 78)")),
       Reason::kInvalidConfig, ReasonClass::kDeployment, "78"},
      {"SucceededWithoutAnOutcome",
       over(Ended("Succeeded", R"("exitCode": 0, "reason": "Completed")")),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "without an outcome"},
      {"SucceededWithoutAContainer", over(R"({"phase": "Succeeded"})"),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, ""},
      {"EmptyMessage",
       over(Ended("Succeeded", R"("exitCode": 0, "message": "")")),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "without an outcome"},
      {"MessageCutOff",
       over(Ended("Succeeded",
                  R"("exitCode": 0, "message": "{\"v\":1,\"token\":\"7.1")")),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "without an outcome"},
      {"MessageOfAnotherProgram",
       over(Ended("Succeeded", R"("exitCode": 0, "message": "all done")")),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "without an outcome"},
      {"FailedWithoutAWord", over(R"({"phase": "Failed"})"),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "without saying why"},
  };
}

// Why servers from 1.26 on say that they end a pod. The kubelet's own words
// stand beside it in the pod's status.
std::string Disrupted(const std::string& reason, const std::string& message,
                      const std::string& more = "",
                      const std::string& value = "True") {
  return R"("conditions": [{"type": "PodReadyToStartContainers", "status":
            "False", "observedGeneration": 1}, {"type": "DisruptionTarget",
            "status": ")" +
         value + R"(", "reason": ")" + reason + R"(", "message": ")" + message +
         R"("}], )" + more;
}

std::vector<Case> DisruptedCases() {
  auto stopped = [](const std::string& condition) {
    return PodJson(
        kJustNow, "", kOnNode,
        Ended("Failed", R"("exitCode": 143, "reason": "Error")", condition));
  };
  // As the garbage collector leaves a pod whose node nobody knows any more.
  auto orphaned = [](const std::string& condition) {
    return PodJson(kAnHourAgo,
                   R"("deletionTimestamp": "2025-11-21T08:20:00Z", )", kOnNode,
                   R"({"phase": "Failed", )" + condition +
                       R"("containerStatuses": [{"name": "runner", "state":
                       {"running": {"startedAt": "2025-11-21T08:00:00Z"}}}]})");
  };
  return {
      {"PreemptedByTheScheduler",
       stopped(Disrupted("PreemptionByScheduler",
                         "default-scheduler: preempting to accommodate a "
                         "higher priority pod")),
       Reason::kEvicted, ReasonClass::kDisruption, "higher priority"},
      {"EvictedThroughTheApi",
       stopped(Disrupted("EvictionByEvictionAPI", "Eviction API: evicting")),
       Reason::kEvicted, ReasonClass::kDisruption, "Eviction API"},
      {"DrivenOutByATaint",
       stopped(Disrupted("DeletionByTaintManager",
                         "Taint manager: deleting due to NoExecute taint")),
       Reason::kEvicted, ReasonClass::kDisruption, "NoExecute taint"},
      {"OnANodeThatIsNoMore",
       orphaned(Disrupted("DeletionByPodGC", "PodGC: node no longer exists")),
       Reason::kNodeLost, ReasonClass::kDisruption, "no longer exists"},
      {"OnANodeThatIsOutOfService",
       orphaned(Disrupted("DeletionByPodGC",
                          "PodGC: node out-of-service taint: deleting")),
       Reason::kNodeLost, ReasonClass::kDisruption, "out-of-service"},
      {"EvictedByAKubelet",
       stopped(Disrupted("TerminationByKubelet",
                         "The node was low on resource: memory. ",
                         R"("reason": "Evicted", "message":
                         "The node was low on resource: memory. ", )")),
       Reason::kEvicted, ReasonClass::kDisruption, "low on resource"},
      {"StoppedWithItsNode",
       stopped(Disrupted("TerminationByKubelet",
                         "Pod was terminated in response to imminent node "
                         "shutdown.",
                         R"("reason": "Terminated", "message": )"
                         R"("Pod was terminated in response to imminent node )"
                         R"(shutdown.", )")),
       Reason::kNodeLost, ReasonClass::kDisruption, "imminent node shutdown"},
      {"OfAReasonNobodyKnowsYet",
       stopped(Disrupted("MovedByTheMoon", "the tide is high")),
       Reason::kEvicted, ReasonClass::kDisruption, "the tide is high"},
      {"CrashedAfterADisruptionThatWasTakenBack",
       PodJson(kJustNow, "", kOnNode,
               Ended("Failed", R"("exitCode": 139, "reason": "Error")",
                     Disrupted("PreemptionByScheduler", "preempting", "",
                               "False"))),
       Reason::kRunnerCrashed, ReasonClass::kTemporary, "139"},
  };
}

std::string NameOf(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

class PendingPod : public testing::TestWithParam<Case> {};

TEST_P(PendingPod, HasATypedTroubleInTheClustersWords) {
  PodObservation seen = Look(GetParam().json);
  EXPECT_EQ(seen.sight, PodSight::kPending);
  ASSERT_TRUE(seen.trouble);
  EXPECT_FALSE(seen.patient);
  EXPECT_EQ(*seen.trouble, GetParam().reason) << seen.message;
  EXPECT_EQ(jobs::ClassOf(*seen.trouble), GetParam().reason_class);
  EXPECT_NE(seen.message.find(GetParam().words), std::string::npos)
      << seen.message;
}

INSTANTIATE_TEST_SUITE_P(Pods, PendingPod, testing::ValuesIn(PendingCases()),
                         NameOf);

class OverPod : public testing::TestWithParam<Case> {};

TEST_P(OverPod, HasATypedEndInTheClustersWords) {
  PodObservation seen = Look(GetParam().json);
  EXPECT_EQ(seen.sight, PodSight::kOver);
  EXPECT_FALSE(seen.outcome);
  EXPECT_EQ(seen.reason, GetParam().reason) << seen.message;
  EXPECT_EQ(jobs::ClassOf(seen.reason), GetParam().reason_class);
  EXPECT_NE(seen.message.find(GetParam().words), std::string::npos)
      << seen.message;
}

INSTANTIATE_TEST_SUITE_P(Pods, OverPod, testing::ValuesIn(OverCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(NewerPods, OverPod,
                         testing::ValuesIn(DisruptedCases()), NameOf);

TEST(PendingPod, IsNoNewsWhileItIsOnlyBeingPrepared) {
  EXPECT_FALSE(
      Look(PodJson(kJustNow, "", kOnNode, Waiting("ContainerCreating", "")))
          .trouble);
  EXPECT_FALSE(
      Look(PodJson(kJustNow, "", "", R"({"phase": "Pending"})")).trouble);
}

}  // namespace
}  // namespace vexaa::controller

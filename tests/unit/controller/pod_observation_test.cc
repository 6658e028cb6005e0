#include "controller/pod_observation.h"

#include <gtest/gtest.h>

#include "controller/pod_runtime.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::Reason;
using kube::PodPhase;

const base::Time kNow{std::chrono::hours(500'000)};
constexpr char kInstallation[] = "6f3a";

jobs::Job ClaimedJob() {
  jobs::Job job;
  job.id = jobs::JobId(1);
  job.attempt = 1;
  job.claim_nonce = "beef";
  job.state = jobs::JobState::kRunning;
  return job;
}

kube::Pod OurPod(PodPhase phase) {
  kube::Pod pod;
  pod.name = "vexaa-job-1-1";
  pod.uid = "u1";
  pod.labels = {{kInstallationLabel, kInstallation}, {kClaimLabel, "beef"}};
  pod.phase = phase;
  pod.created_at = kNow - 1min;
  return pod;
}

PodObservation Look(const kube::Pod& pod) {
  return Observe(&pod, ClaimedJob(), kInstallation, kNow);
}

kube::Pod EndedPod(int exit_code, std::string message) {
  kube::Pod pod =
      OurPod(exit_code == 0 ? PodPhase::kSucceeded : PodPhase::kFailed);
  pod.started_at = kNow - 30s;
  pod.termination = kube::Termination{
      .exit_code = exit_code, .reason = "Error", .message = std::move(message)};
  return pod;
}

std::string OutcomeOf(const std::string& token, Reason reason) {
  return jobs::FormatRunOutcome({.attempt = {jobs::JobId(1), 1},
                                 .token = token,
                                 .reason = reason,
                                 .message = "a sentence"});
}

TEST(IsWaiting, OnlyWhileItsContainerHasYetToStart) {
  EXPECT_TRUE(IsWaiting(OurPod(PodPhase::kPending)));
  EXPECT_FALSE(IsWaiting(OurPod(PodPhase::kRunning)));
  EXPECT_FALSE(IsWaiting(EndedPod(1, "")));
  kube::Pod pod = OurPod(PodPhase::kPending);
  pod.gone = true;
  EXPECT_FALSE(IsWaiting(pod));
  pod = OurPod(PodPhase::kPending);
  pod.deletion_time = kNow;
  EXPECT_FALSE(IsWaiting(pod));
}

TEST(IsNew, OnlyUntilTheSchedulerOrANodeSaysSomething) {
  kube::Pod made = OurPod(PodPhase::kPending);
  EXPECT_TRUE(IsNew(made));
  EXPECT_FALSE(IsNew(OurPod(PodPhase::kRunning)));
  kube::Pod pod = made;
  pod.node_name = "node1";
  EXPECT_FALSE(IsNew(pod));
  pod = made;
  pod.unschedulable = true;
  EXPECT_FALSE(IsNew(pod));
  pod = made;
  pod.waiting_reason = "ContainerCreating";
  EXPECT_FALSE(IsNew(pod));
}

TEST(Observe, SeesNothingWhereThereIsNoPod) {
  EXPECT_EQ(Observe(nullptr, ClaimedJob(), kInstallation, kNow).sight,
            PodSight::kAbsent);
}

TEST(Observe, TellsPodsOfOtherInstallationsAndClaimsApart) {
  kube::Pod pod = OurPod(PodPhase::kRunning);
  pod.labels[kInstallationLabel] = "other";
  EXPECT_EQ(Look(pod).sight, PodSight::kForeign);
  pod = OurPod(PodPhase::kRunning);
  pod.labels[kClaimLabel] = "other";
  EXPECT_EQ(Look(pod).sight, PodSight::kForeign);
  pod.labels.clear();
  EXPECT_EQ(Look(pod).sight, PodSight::kForeign);
}

TEST(Observe, BelievesAnOutcomeThatCarriesTheAttemptsToken) {
  PodObservation seen =
      Look(EndedPod(0, OutcomeOf("1.1.beef", Reason::kSucceeded)));
  EXPECT_EQ(seen.sight, PodSight::kOver);
  ASSERT_TRUE(seen.outcome);
  EXPECT_EQ(seen.reason, Reason::kSucceeded);
}

TEST(Observe, BelievesTheOutcomeBeforeTheExitCode) {
  PodObservation seen =
      Look(EndedPod(139, OutcomeOf("1.1.beef", Reason::kNoAudioStream)));
  EXPECT_EQ(seen.reason, Reason::kNoAudioStream);
  EXPECT_EQ(seen.message, "a sentence");
  EXPECT_EQ(seen.exit_code, 139);
}

TEST(Observe, DoesNotBelieveForeignCutOrMissingOutcomes) {
  std::string right = OutcomeOf("1.1.beef", Reason::kSucceeded);
  for (const std::string& message : {OutcomeOf("1.1.dead", Reason::kSucceeded),
                                     OutcomeOf("1.2.beef", Reason::kSucceeded),
                                     right.substr(0, right.size() - 5),
                                     std::string("done"), std::string()}) {
    PodObservation seen = Look(EndedPod(0, message));
    EXPECT_FALSE(seen.outcome) << message;
    EXPECT_EQ(seen.reason, Reason::kRunnerCrashed) << message;
  }
}

TEST(Observe, NamesTheReasonBehindAnEndWithoutOutcome) {
  EXPECT_EQ(Look(EndedPod(66, "")).reason, Reason::kInputNotFound);
  EXPECT_EQ(Look(EndedPod(65, "")).reason, Reason::kInputUnreadable);
  EXPECT_EQ(Look(EndedPod(69, "")).reason, Reason::kStorageUnavailable);
  EXPECT_EQ(Look(EndedPod(78, "")).reason, Reason::kInvalidConfig);
  EXPECT_EQ(Look(EndedPod(139, "")).reason, Reason::kRunnerCrashed);
  EXPECT_EQ(Look(EndedPod(137, "")).reason, Reason::kRunnerCrashed);
  EXPECT_EQ(Look(EndedPod(143, "")).reason, Reason::kEvicted);
  kube::Pod pod = EndedPod(137, "");
  pod.termination->reason = "OOMKilled";
  EXPECT_EQ(Look(pod).reason, Reason::kOutOfMemory);
}

TEST(Observe, NamesTheReasonOfPodsThatTheClusterEnded) {
  kube::Pod pod = OurPod(PodPhase::kFailed);
  pod.status_reason = "Evicted";
  EXPECT_EQ(Look(pod).reason, Reason::kEvicted);
  pod.status_reason = "NodeLost";
  EXPECT_EQ(Look(pod).reason, Reason::kNodeLost);
  pod.status_reason = "DeadlineExceeded";
  EXPECT_EQ(Look(pod).reason, Reason::kDeadlineExceeded);
  pod.status_reason = "";
  pod.disrupted = true;
  EXPECT_EQ(Look(pod).reason, Reason::kEvicted);
}

TEST(Observe, CallsADeletedPodLostUnlessItLeftAnOutcome) {
  kube::Pod pod = OurPod(PodPhase::kRunning);
  pod.started_at = kNow - 30s;
  pod.gone = true;
  EXPECT_EQ(Look(pod).sight, PodSight::kOver);
  EXPECT_EQ(Look(pod).reason, Reason::kPodLost);
  pod = EndedPod(0, OutcomeOf("1.1.beef", Reason::kSucceeded));
  pod.gone = true;
  EXPECT_EQ(Look(pod).reason, Reason::kSucceeded);
}

TEST(Observe, WaitsForTheEndOfAPodThatIsBeingDeleted) {
  kube::Pod pod = OurPod(PodPhase::kRunning);
  pod.started_at = kNow - 30s;
  pod.deletion_time = kNow + 10s;
  EXPECT_EQ(Look(pod).sight, PodSight::kEnding);
  pod.deletion_time = kNow - 61s;  // its kubelet does not answer any more
  EXPECT_EQ(Look(pod).sight, PodSight::kOver);
}

TEST(Observe,
     CallsANodeLostThatDoesNotEndADeletedPodEvenIfItIsMarkedDisrupted) {
  kube::Pod pod = OurPod(PodPhase::kRunning);
  pod.started_at = kNow - 30s;
  pod.deletion_time = kNow - 61s;
  pod.disrupted = true;
  pod.disruption = "DeletionByTaintManager";
  EXPECT_EQ(Look(pod).reason, Reason::kNodeLost);
  pod.phase = PodPhase::kFailed;  // its kubelet answers after all
  EXPECT_EQ(Look(pod).reason, Reason::kEvicted);
  pod.phase = PodPhase::kRunning;
  pod.gone = true;
  EXPECT_EQ(Look(pod).reason, Reason::kEvicted);
}

TEST(Observe, TakesADeletedPodThatNeverStartedAsOver) {
  kube::Pod pod = OurPod(PodPhase::kPending);
  pod.deletion_time = kNow + 10s;
  EXPECT_EQ(Look(pod).sight, PodSight::kOver);
  EXPECT_EQ(Look(pod).reason, Reason::kPodLost);
}

TEST(Observe, IsPatientWithANodeFromWhenItGotThePod) {
  kube::Pod pod = OurPod(PodPhase::kPending);
  pod.node_name = "new-node";
  pod.created_at = kNow - 14min;
  pod.scheduled_at = kNow - 2s;
  pod.waiting_reason = "ContainerCreating";
  EXPECT_FALSE(Look(pod).trouble);
  pod.waiting_reason = "ErrImagePull";
  EXPECT_TRUE(Look(pod).patient);
  pod.scheduled_at = kNow - 6min;
  EXPECT_FALSE(Look(pod).patient);
  pod.waiting_reason = "ContainerCreating";
  pod.scheduled_at = kNow - 11min;
  EXPECT_EQ(Look(pod).trouble, Reason::kInvalidConfig);
  EXPECT_FALSE(Look(pod).patient);
}

TEST(Observe, IsPatientWithImagesAndNodesButNotForEver) {
  kube::Pod pod = OurPod(PodPhase::kPending);
  pod.waiting_reason = "ImagePullBackOff";
  EXPECT_EQ(Look(pod).trouble, Reason::kImagePullFailed);
  EXPECT_TRUE(Look(pod).patient);
  pod.created_at = kNow - 6min;
  EXPECT_EQ(Look(pod).trouble, Reason::kImagePullFailed);
  EXPECT_FALSE(Look(pod).patient);
  pod = OurPod(PodPhase::kPending);
  pod.unschedulable = true;
  pod.unschedulable_message = "0/3 nodes are available";
  EXPECT_TRUE(Look(pod).patient);
  pod.created_at = kNow - 16min;
  EXPECT_EQ(Look(pod).trouble, Reason::kUnschedulable);
  EXPECT_FALSE(Look(pod).patient);
}

}  // namespace
}  // namespace vexaa::controller

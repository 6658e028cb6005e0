#include "controller/pod_observation.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "controller/pod_runtime.h"
#include "lib/base/exit_code.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::ExitCode;
using jobs::Reason;

// A kubelet that has not ended a pod this long after its grace is gone.
constexpr base::Duration kOverdueDeletion = 60s;
// Pulls and scheduling get this long before they count as failed.
constexpr base::Duration kPullPatience = 5min;
constexpr base::Duration kSchedulePatience = 15min;
constexpr int kSigkillExit = 137;
constexpr int kSigtermExit = 143;

std::string LabelOf(const kube::Pod& pod, const char* name) {
  auto found = pod.labels.find(name);
  return found == pod.labels.end() ? "" : found->second;
}

bool IsOurs(const kube::Pod& pod, const jobs::Job& job,
            const std::string& installation) {
  return LabelOf(pod, kInstallationLabel) == installation &&
         LabelOf(pod, kClaimLabel) == job.claim_nonce;
}

bool IsPullTrouble(std::string_view waiting) {
  static constexpr std::array<std::string_view, 6> kWords = {
      "ImagePullBackOff",  "ErrImagePull",      "InvalidImageName",
      "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"};
  return std::find(kWords.begin(), kWords.end(), waiting) != kWords.end();
}

void NoteTrouble(const kube::Pod& pod, base::Time now, PodObservation& seen) {
  base::Duration age = now - pod.created_at;
  if (IsPullTrouble(pod.waiting_reason) && age > kPullPatience) {
    seen.trouble = Reason::kImagePullFailed;
    seen.message =
        "the runner's image could not be pulled: " + pod.waiting_message +
        "; correct kubernetes.runnerImage";
  } else if (pod.unschedulable && age > kSchedulePatience) {
    seen.trouble = Reason::kUnschedulable;
    seen.message =
        "no node has room for the runner: " + pod.unschedulable_message;
  }
}

// The reason behind an exit code when no outcome explains it.
Reason ReasonOfExit(int code) {
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::kData:
      return Reason::kInputUnreadable;
    case ExitCode::kNoInput:
      return Reason::kInputNotFound;
    case ExitCode::kNoPermission:
      return Reason::kInputAccessDenied;
    case ExitCode::kUnavailable:
    case ExitCode::kTemporary:
      return Reason::kStorageUnavailable;
    case ExitCode::kUsage:
    case ExitCode::kConfig:
      return Reason::kInvalidConfig;
    default:
      return Reason::kRunnerCrashed;
  }
}

void TakeTermination(const kube::Termination& end, PodObservation& seen) {
  if (end.exit_code >= 0) seen.exit_code = end.exit_code;
  if (end.reason == "OOMKilled") {
    seen.reason = Reason::kOutOfMemory;
    seen.message = "the runner was killed for using more memory than its limit";
  } else if (end.exit_code == kSigtermExit) {
    seen.reason = Reason::kEvicted;
    seen.message = "the runner was told to stop before it was done";
  } else if (end.exit_code == 0) {
    seen.reason = Reason::kRunnerCrashed;
    seen.message = "the runner ended without an outcome though it exited 0";
  } else if (end.exit_code == kSigkillExit || end.signal == 9) {
    seen.reason = Reason::kRunnerCrashed;
    seen.message = "the runner was killed (SIGKILL) without an outcome";
  } else {
    seen.reason = ReasonOfExit(end.exit_code);
    seen.message = end.exit_code < 0
                       ? "the runner ended without an outcome"
                       : "the runner ended with exit code " +
                             std::to_string(end.exit_code) + " and no outcome";
  }
}

void TakePodEnd(const kube::Pod& pod, PodObservation& seen) {
  if (pod.status_reason == "Evicted" || pod.disrupted) {
    seen.reason = Reason::kEvicted;
    seen.message = "the pod was evicted: " + pod.status_message;
  } else if (pod.status_reason == "DeadlineExceeded") {
    seen.reason = Reason::kDeadlineExceeded;
    seen.message = "the pod ran longer than its deadline";
  } else if (pod.status_reason == "NodeLost" ||
             pod.status_reason == "NodeShutdown" ||
             pod.status_reason == "Shutdown") {
    seen.reason = Reason::kNodeLost;
    seen.message = "the pod's node was lost: " + pod.status_message;
  } else if (pod.termination) {
    TakeTermination(*pod.termination, seen);
  } else if (pod.deletion_time || pod.gone) {
    seen.reason = Reason::kPodLost;
    seen.message = "the pod was deleted before it was done";
  } else {
    seen.reason = Reason::kRunnerCrashed;
    seen.message = "the pod failed without saying why " + pod.status_message;
  }
}

// The outcome in the termination message, if it is this attempt's own.
void TakeOutcome(const kube::Pod& pod, const jobs::Job& job,
                 PodObservation& seen) {
  if (!pod.termination) return;
  base::Result<jobs::RunOutcome> outcome =
      jobs::ParseRunOutcome(pod.termination->message);
  if (!outcome.ok() || outcome->token != jobs::AttemptToken(job)) return;
  seen.reason = outcome->reason;
  seen.message = outcome->message;
  seen.outcome = std::move(*outcome);
}

}  // namespace

bool IsOver(const kube::Pod& pod, base::Time now) {
  if (pod.gone) return true;
  if (pod.phase == kube::PodPhase::kSucceeded ||
      pod.phase == kube::PodPhase::kFailed)
    return true;
  if (!pod.deletion_time) return false;
  bool started = pod.started_at || pod.termination;
  return !started || now > *pod.deletion_time + kOverdueDeletion;
}

PodObservation Observe(const kube::Pod* pod, const jobs::Job& job,
                       const std::string& installation, base::Time now) {
  PodObservation seen;
  if (pod == nullptr) return seen;
  seen.uid = pod->uid;
  seen.node_name = pod->node_name;
  if (!IsOurs(*pod, job, installation)) {
    seen.sight = PodSight::kForeign;
  } else if (IsOver(*pod, now)) {
    seen.sight = PodSight::kOver;
    TakePodEnd(*pod, seen);
    TakeOutcome(*pod, job, seen);
  } else if (pod->deletion_time) {
    seen.sight = PodSight::kEnding;
  } else if (pod->phase == kube::PodPhase::kRunning || pod->started_at) {
    seen.sight = PodSight::kRunning;
  } else {
    seen.sight = PodSight::kPending;
    NoteTrouble(*pod, now, seen);
  }
  return seen;
}

}  // namespace vexaa::controller

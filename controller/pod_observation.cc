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
// Since the pod has a node: what is not there by then is called failed. Since
// its creation: one that finds no node is made anew, by the configuration of
// then.
constexpr base::Duration kContainerPatience = 2min;
constexpr base::Duration kPullPatience = 5min;
constexpr base::Duration kNodePatience = 10min;
constexpr base::Duration kSchedulePatience = 15min;
constexpr int kSigkillExit = 137;
constexpr int kSigtermExit = 143;

std::string LabelOf(const kube::Pod& pod, const char* name) {
  auto found = pod.labels.find(name);
  return found == pod.labels.end() ? "" : found->second;
}

bool IsOverdue(const kube::Pod& pod, base::Time now) {
  return pod.deletion_time && now > *pod.deletion_time + kOverdueDeletion;
}

// Its node, or the cluster for it, called the pod ended.
bool HasEnded(const kube::Pod& pod) {
  return pod.gone || pod.phase == kube::PodPhase::kSucceeded ||
         pod.phase == kube::PodPhase::kFailed;
}

bool IsOurs(const kube::Pod& pod, const jobs::Job& job,
            const std::string& installation) {
  return LabelOf(pod, kInstallationLabel) == installation &&
         LabelOf(pod, kClaimLabel) == job.claim_nonce;
}

template <size_t N>
bool IsOneOf(std::string_view word,
             const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

bool IsPullTrouble(std::string_view waiting) {
  static constexpr std::array<std::string_view, 6> kWords = {
      "ImagePullBackOff",  "ErrImagePull",      "InvalidImageName",
      "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"};
  return IsOneOf(waiting, kWords);
}

// The kubelet could not make the container that the spec asks for.
bool IsContainerTrouble(std::string_view waiting) {
  static constexpr std::array<std::string_view, 5> kWords = {
      "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
      "PreCreateHookError", "PostStartHookError"};
  return IsOneOf(waiting, kWords);
}

// What keeps a pod from starting, and how long that may take.
struct Trouble {
  Reason reason;
  std::string message;
  base::Duration patience;
};

std::optional<Trouble> TroubleOf(const kube::Pod& pod) {
  if (IsPullTrouble(pod.waiting_reason)) {
    // No time makes a name right.
    bool hopeless = pod.waiting_reason == "InvalidImageName";
    return Trouble{Reason::kImagePullFailed,
                   "the runner's image could not be pulled (" +
                       pod.waiting_reason + "): " + pod.waiting_message +
                       "; correct kubernetes.runnerImage",
                   hopeless ? 0min : kPullPatience};
  }
  if (IsContainerTrouble(pod.waiting_reason))
    return Trouble{Reason::kInvalidConfig,
                   "the runner's container could not be made (" +
                       pod.waiting_reason + "): " + pod.waiting_message +
                       "; correct the section kubernetes of the configuration",
                   kContainerPatience};
  if (pod.unschedulable)
    return Trouble{Reason::kUnschedulable,
                   "no node takes the runner now: " + pod.unschedulable_message,
                   kSchedulePatience};
  if (!pod.node_name.empty())
    return Trouble{Reason::kInvalidConfig,
                   "node " + pod.node_name +
                       " did not start the runner in time; kubectl describe "
                       "pod " +
                       pod.name + " says why (a Secret or volume is missing?)",
                   kNodePatience};
  return std::nullopt;
}

void NoteTrouble(const kube::Pod& pod, base::Time now, PodObservation& seen) {
  std::optional<Trouble> trouble = TroubleOf(pod);
  if (!trouble) return;
  const base::Time since = pod.unschedulable
                               ? pod.created_at
                               : pod.scheduled_at.value_or(pod.created_at);
  bool patient = now - since <= trouble->patience;
  // A pod that is only being prepared is no news.
  if (patient && trouble->patience == kNodePatience) return;
  seen.trouble = trouble->reason;
  seen.message = std::move(trouble->message);
  seen.patient = patient;
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

void End(PodObservation& seen, Reason reason, std::string message) {
  seen.reason = reason;
  seen.message = std::move(message);
}

void TakeExit(const kube::Termination& end, PodObservation& seen) {
  if (end.exit_code == kSigtermExit)
    return End(seen, Reason::kEvicted,
               "the runner was told to stop before it was done");
  if (end.exit_code == 0)
    return End(seen, Reason::kRunnerCrashed,
               "the runner ended without an outcome though it exited 0");
  if (end.exit_code == kSigkillExit || end.signal == 9)
    return End(seen, Reason::kRunnerCrashed,
               "the runner was killed (SIGKILL) without an outcome");
  if (end.exit_code < 0)
    return End(seen, Reason::kRunnerCrashed,
               "the runner ended without an outcome");
  End(seen, ReasonOfExit(end.exit_code),
      "the runner ended with exit code " + std::to_string(end.exit_code) +
          " and no outcome");
}

void TakeTermination(const kube::Termination& end, PodObservation& seen) {
  if (end.exit_code >= 0) seen.exit_code = end.exit_code;
  if (end.reason == "OOMKilled")
    return End(seen, Reason::kOutOfMemory,
               "the runner was killed for using more memory than its limit");
  // The node came back without knowing what became of it.
  if (end.reason == "ContainerStatusUnknown")
    return End(seen, Reason::kNodeLost,
               "the node lost sight of the runner: " + end.message);
  if (end.reason == "ContainerCannotRun" || end.reason == "StartError")
    return End(seen, Reason::kInvalidConfig,
               "the runner could not be started: " + end.message +
                   "; correct kubernetes.runnerImage");
  TakeExit(end, seen);
}

// Ends that the pod's own status names, whatever its container says; false
// for any other.
bool TakeStatusReason(const kube::Pod& pod, PodObservation& seen) {
  static constexpr std::array<std::string_view, 4> kNode = {
      "NodeLost", "NodeShutdown", "Shutdown", "Terminated"};
  static constexpr std::array<std::string_view, 2> kRefused = {
      "NodeAffinity", "UnexpectedAdmissionError"};
  const std::string& why = pod.status_reason;
  if (why == "Evicted") {
    End(seen, Reason::kEvicted, "the pod was evicted: " + pod.status_message);
  } else if (why == "Preempting") {
    End(seen, Reason::kEvicted, "the pod was preempted: " + pod.status_message);
  } else if (why == "DeadlineExceeded") {
    End(seen, Reason::kDeadlineExceeded,
        "the pod ran longer than its deadline");
  } else if (IsOneOf(why, kNode)) {
    End(seen, Reason::kNodeLost,
        "the pod's node was lost: " + pod.status_message);
  } else if (why.starts_with("OutOf")) {
    End(seen, Reason::kUnschedulable,
        "the node had no room for the runner: " + pod.status_message);
  } else if (IsOneOf(why, kRefused)) {
    End(seen, Reason::kEvicted,
        "the node refused the runner: " + pod.status_message);
  } else {
    return false;
  }
  return true;
}

void TakePodEnd(const kube::Pod& pod, base::Time now, PodObservation& seen) {
  if (TakeStatusReason(pod, seen)) return;
  // Before the disruption: servers from 1.26 on note one in each pod that they
  // delete from a silent node.
  if (!HasEnded(pod) && !pod.termination && IsOverdue(pod, now))
    return End(seen, Reason::kNodeLost,
               "node " + pod.node_name +
                   " did not end the deleted pod in time: it is lost");
  // Its collector deletes pods whose node is no more or out of service.
  if (pod.disrupted && pod.disruption.starts_with("DeletionByPodGC"))
    return End(seen, Reason::kNodeLost,
               "the pod's node was lost: " + pod.disruption);
  if (pod.disrupted)
    return End(seen, Reason::kEvicted,
               "the pod was evicted: " + pod.disruption);
  if (pod.termination) return TakeTermination(*pod.termination, seen);
  if (pod.deletion_time || pod.gone)
    return End(seen, Reason::kPodLost,
               "the pod was deleted before it was done");
  End(seen, Reason::kRunnerCrashed,
      "the pod failed without saying why " + pod.status_message);
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
  if (HasEnded(pod)) return true;
  if (!pod.deletion_time) return false;
  bool started = pod.started_at || pod.termination;
  return !started || IsOverdue(pod, now);
}

bool IsWaiting(const kube::Pod& pod) {
  return pod.phase == kube::PodPhase::kPending && !pod.gone &&
         !pod.deletion_time && !pod.termination;
}

bool IsNew(const kube::Pod& pod) {
  return IsWaiting(pod) && pod.node_name.empty() && !pod.unschedulable &&
         !pod.disrupted && pod.waiting_reason.empty();
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
    TakePodEnd(*pod, now, seen);
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

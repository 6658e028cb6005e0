// A pod as the controller looks at it: the few fields of Kubernetes' own that
// decide anything, in plain values. Local processes are shown as pods too.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lib/base/clock.h"

namespace vexaa::kube {

enum class PodPhase { kPending, kRunning, kSucceeded, kFailed, kUnknown };

// The one container's end, as its kubelet reports it.
struct Termination {
  int exit_code = 0;
  int signal = 0;
  std::string reason;   // "Completed", "Error", "OOMKilled", ...
  std::string message;  // the termination message: our outcome
  std::optional<base::Time> started_at;
  std::optional<base::Time> finished_at;
  bool operator==(const Termination&) const = default;
};

struct Pod {
  std::string name;
  std::string uid;
  std::string resource_version;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  PodPhase phase = PodPhase::kUnknown;
  std::string status_reason;   // of the pod: "Evicted", "NodeLost", ...
  std::string status_message;  // the sentence beside it
  std::string node_name;
  base::Time created_at;
  std::optional<base::Time> deletion_time;  // being deleted; its deadline
  std::optional<base::Time> started_at;     // the container's start
  std::string waiting_reason;  // "ImagePullBackOff", "ContainerCreating", ...
  std::string waiting_message;
  std::optional<base::Time> scheduled_at;  // condition PodScheduled=True
  bool unschedulable = false;              // condition PodScheduled=False
  std::string unschedulable_message;       // the scheduler's sentence
  bool disrupted = false;                  // condition DisruptionTarget=True
  std::string disruption;                  // its reason and sentence
  std::optional<Termination> termination;
  bool gone = false;  // it no longer exists; this is the last state it had
  bool operator==(const Pod&) const = default;
};

}  // namespace vexaa::kube

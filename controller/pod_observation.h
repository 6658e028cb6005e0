// What a pod tells about its attempt. PURE: pod, row and time in, facts out.
// The runner's own outcome is believed first (its token and checksum must
// fit), the exit code second, the pod's phase last: Succeeded alone proves
// nothing.
#pragma once

#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/jobs/job.h"
#include "lib/jobs/run_outcome.h"
#include "lib/kube/pod.h"

namespace vexaa::controller {

enum class PodSight {
  kAbsent,   // there is no pod of that name
  kForeign,  // the name is taken by a pod that is not this attempt's
  kPending,  // no container has started yet
  kRunning,
  kEnding,  // being deleted; its end will be seen
  kOver,
};

struct PodObservation {
  PodSight sight = PodSight::kAbsent;
  std::string uid;
  std::string node_name;
  // While pending: what keeps it, in the cluster's own words.
  std::optional<jobs::Reason> trouble;
  bool patient = false;  // the trouble may still pass by itself
  // How it ended (kOver), or the trouble's sentence.
  jobs::Reason reason = jobs::Reason::kInternal;
  std::string message;
  std::optional<int> exit_code;
  std::optional<jobs::RunOutcome> outcome;
};

// `pod` is nullptr when there is none; `installation` is this database's UUID.
PodObservation Observe(const kube::Pod* pod, const jobs::Job& job,
                       const std::string& installation, base::Time now);

// True when a pod will never work again: its phase says so, or it is being
// deleted and never started, or its deletion is long overdue.
bool IsOver(const kube::Pod& pod, base::Time now);

// True when a pod waits for a node or for its container: what may be said of it
// comes in quick succession, and none of it is urgent.
bool IsWaiting(const kube::Pod& pod);

// True when a pod waits and nobody has said a word of it yet.
bool IsNew(const kube::Pod& pod);

}  // namespace vexaa::controller

// Which pods to delete. PURE.
#pragma once

#include <chrono>
#include <set>
#include <vector>

#include "lib/base/clock.h"
#include "lib/jobs/job.h"
#include "lib/kube/pod.h"

namespace vexaa::controller {

struct PodRetention {
  base::Duration finished_ttl = std::chrono::minutes(10);
  base::Duration failed_ttl = std::chrono::hours(1);
  int max_finished = 200;
};

// When it ended, as far as it tells.
base::Time EndOfPod(const kube::Pod& pod);

// `live` are the attempts that rows in claimed, running or publishing are at,
// read after `pods` was: a pod that is not of them is over for its row. Gives
// the pods to delete: those still working (ghosts), those past their TTL, and
// the oldest finished ones above the limit.
std::vector<kube::Pod> PodsToDelete(const std::vector<kube::Pod>& pods,
                                    const std::set<jobs::AttemptId>& live,
                                    const PodRetention& retention,
                                    base::Time now);

}  // namespace vexaa::controller

// Which pods to delete. PURE.
#pragma once

#include <set>
#include <vector>

#include "controller/maintenance/maintenance.h"
#include "lib/base/clock.h"
#include "lib/jobs/job.h"
#include "lib/kube/pod.h"

namespace vexaa::controller {

// `live` are the attempts that rows in claimed, running or publishing are at,
// read after `pods` was: a pod that is not of them is over for its row. Gives
// the pods to delete: those still working (ghosts), those past their TTL, and
// the oldest finished ones above the limit.
std::vector<kube::Pod> PodsToDelete(const std::vector<kube::Pod>& pods,
                                    const std::set<jobs::AttemptId>& live,
                                    const PodRetention& retention,
                                    base::Time now);

}  // namespace vexaa::controller

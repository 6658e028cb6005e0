// A local attempt as a pod. PURE: what its folder tells in, a pod out.
#pragma once

#include <string>

#include "controller/local/attempt_folder.h"
#include "lib/kube/pod.h"

namespace vexaa::controller {

// Pending until the process is the runner, running while the lock is held,
// then succeeded or failed. An exit code that nobody saw is -1.
kube::Pod PodOf(const AttemptRecord& record, const AttemptFacts& facts,
                const std::string& node_name);

}  // namespace vexaa::controller

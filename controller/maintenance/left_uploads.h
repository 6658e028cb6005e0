// What a finished pod tells of uploads that it left open. PURE.
#pragma once

#include <string>
#include <vector>

#include "lib/kube/pod.h"

namespace vexaa::controller {

// The uploads that the pod's own outcome names, by output index, "" for none;
// empty when it names none. The row forgot the attempt's claim when it ended,
// so the outcome is held against the claim that the pod's labels carry.
std::vector<std::string> UploadsNamedBy(const kube::Pod& pod,
                                        const std::string& installation);

}  // namespace vexaa::controller

// Kubernetes' protobuf as the JSON that it stands for, as far as this program
// reads it: of a pod, of a Status and of a watch's event. A server writes it,
// and we read it, at a fraction of what JSON costs. Pure; a field that is not
// known here is skipped. kDataLoss: not such a message, or cut.
// Only .cc files include it.
#pragma once

#include <string_view>

#include "lib/base/status.h"
#include "lib/kube/json_value.h"

namespace vexaa::kube {

inline constexpr std::string_view kProtobufType =
    "application/vnd.kubernetes.protobuf";

// Whether an answer's body is one, by its first bytes.
bool IsProtobuf(std::string_view body);

// One frame of a watch of pods: {"type": ..., "object": ...}; the object of an
// ERROR is a Status.
base::Result<Json> ParsePodEventFrame(std::string_view frame);

// The body of an answer that is an error.
base::Result<Json> ParseStatusBody(std::string_view body);

}  // namespace vexaa::kube

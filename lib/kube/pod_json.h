// Kubernetes' JSON as our values. Pure and tolerant: a missing or odd field
// is an empty one; long texts are cut, deep nesting is refused (kDataLoss).
#pragma once

#include <string>
#include <string_view>

#include "lib/base/status.h"
#include "lib/kube/pod_client.h"

namespace vexaa::kube {

// kDataLoss: not JSON, or not an object with a name and a uid.
base::Result<Pod> ParsePod(std::string_view json);

struct PodPage {
  PodList list;
  std::string next;  // continue token; empty: the last page
};
// An item without a name or uid is left out.
base::Result<PodPage> ParsePodPage(std::string_view json);

// One line of a watch. An ERROR event is returned as its Status; a type that
// is not known here is kUnimplemented.
base::Result<PodEvent> ParsePodEvent(std::string_view line);

// The same of a frame of a watch in protobuf.
base::Result<PodEvent> ParsePodFrame(std::string_view frame);

// The uid in any object's metadata.
base::Result<std::string> ParseUid(std::string_view json);

}  // namespace vexaa::kube

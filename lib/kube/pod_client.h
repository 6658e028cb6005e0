// The pods of one namespace, as the controller uses them: the seam over the
// Kubernetes REST API. Implementations are thread-safe, keep no state between
// calls and never retry: the caller paces (see RetryAfterOf).
// Errors, with the server's own sentence as message:
//   kNotFound, kAlreadyExists, kAborted (Conflict: read again),
//   kResourceExhausted ("QuotaExceeded"), kPermissionDenied ("Forbidden",
//   "NamespaceTerminating", "PodSecurity", "Unauthorized"),
//   kInvalidArgument ("Invalid"), kFailedPrecondition ("Expired": list again),
//   kUnavailable (429, 5xx, no or a cut answer: a write may have happened),
//   kDataLoss (not the JSON it should be), kCancelled (stopped).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"
#include "lib/kube/pod.h"

namespace vexaa::kube {

struct PodList {
  std::vector<Pod> pods;
  std::string resource_version;  // where a watch goes on; opaque
};

enum class PodEventType { kAdded, kModified, kDeleted, kBookmark };

// A bookmark carries only `pod.resource_version`; a deleted pod its last state.
struct PodEvent {
  PodEventType type = PodEventType::kAdded;
  Pod pod;
};

struct WatchOptions {
  std::string label_selector;
  std::string resource_version;
  std::chrono::seconds timeout{300};  // the server ends the watch then
};

// An error it returns ends the watch and is returned by Watch.
using OnPodEvent = std::function<base::Status(PodEvent)>;

class PodClient {
 public:
  virtual ~PodClient() = default;

  // `manifest` is the whole pod as JSON. Of the answer only what its metadata
  // says is there.
  virtual base::Result<Pod> Create(std::string_view manifest,
                                   std::stop_token stop) = 0;
  // Always the server's newest state, never a cache's.
  virtual base::Result<Pod> Get(std::string_view name,
                                std::stop_token stop) = 0;
  // All pods that match, as of one moment, newest state.
  virtual base::Result<PodList> List(std::string_view label_selector,
                                     std::stop_token stop) = 0;
  // kAborted: the pod of that name has another uid. Without `grace` the pod's
  // own grace period counts. OK means asked for, not gone.
  virtual base::Status Delete(std::string_view name, std::string_view uid,
                              std::optional<std::chrono::seconds> grace,
                              std::stop_token stop) = 0;
  // At most the last `tail_bytes` of the container's log.
  // kFailedPrecondition: the container has not started.
  virtual base::Result<std::string> Logs(std::string_view name,
                                         size_t tail_bytes,
                                         std::stop_token stop) = 0;
  // Blocks; calls `on_event` on this thread. OK: the server ended the watch.
  virtual base::Status Watch(const WatchOptions& options,
                             const OnPodEvent& on_event,
                             std::stop_token stop) = 0;
};

}  // namespace vexaa::kube

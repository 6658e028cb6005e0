#include "controller/maintenance/pod_retention.h"

#include <algorithm>

#include "controller/pod_observation.h"

namespace vexaa::controller {
namespace {

bool IsPastTtl(const kube::Pod& pod, const PodRetention& retention,
               base::Time now) {
  bool failed = pod.phase != kube::PodPhase::kSucceeded;
  return now - EndOfPod(pod) >
         (failed ? retention.failed_ttl : retention.finished_ttl);
}

}  // namespace

base::Time EndOfPod(const kube::Pod& pod) {
  if (pod.termination && pod.termination->finished_at)
    return *pod.termination->finished_at;
  return pod.created_at;
}

std::vector<kube::Pod> PodsToDelete(const std::vector<kube::Pod>& pods,
                                    const std::set<jobs::AttemptId>& live,
                                    const PodRetention& retention,
                                    base::Time now) {
  std::vector<kube::Pod> gone;
  std::vector<kube::Pod> kept;
  for (const kube::Pod& pod : pods) {
    auto attempt = jobs::ParsePodName(pod.name);
    if (!attempt || live.contains(*attempt) || pod.deletion_time || pod.gone)
      continue;
    bool drop = !IsOver(pod, now) || IsPastTtl(pod, retention, now);
    (drop ? gone : kept).push_back(pod);
  }
  auto limit = static_cast<size_t>(std::max(retention.max_finished, 0));
  if (kept.size() <= limit) return gone;
  std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
    return EndOfPod(a) < EndOfPod(b);
  });
  gone.insert(gone.end(), kept.begin(),
              kept.begin() + static_cast<ptrdiff_t>(kept.size() - limit));
  return gone;
}

}  // namespace vexaa::controller

#include "lib/kube/pod_cache.h"

#include <set>
#include <utility>

namespace vexaa::kube {

PodCache::PodCache(const base::Clock& clock, OnChange on_change,
                   PodCacheOptions options)
    : clock_(clock), on_change_(std::move(on_change)), options_(options) {}

bool PodCache::synced() const {
  const std::lock_guard lock(mutex_);
  return synced_;
}

std::optional<CachedPod> PodCache::Find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = pods_.find(name);
  if (found == pods_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::shared_ptr<const Pod>> PodCache::Live() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const Pod>> live;
  for (const auto& [name, cached] : pods_) {
    if (!cached.gone) live.push_back(cached.pod);
  }
  return live;
}

void PodCache::Replace(PodList list) {
  std::vector<CachedPod> changes;
  {
    const std::lock_guard lock(mutex_);
    std::set<std::string, std::less<>> listed;
    for (const Pod& pod : list.pods) listed.insert(pod.name);
    std::vector<std::shared_ptr<const Pod>> missing;
    for (const auto& [name, cached] : pods_) {
      if (!cached.gone && !listed.contains(name)) missing.push_back(cached.pod);
    }
    for (auto& pod : missing) Bury(pod->name, pod, changes);
    for (Pod& pod : list.pods) Put(std::move(pod), changes);
    synced_ = true;
    ForgetOldest();
  }
  Tell(changes);
}

void PodCache::Apply(PodEvent event) {
  if (event.type == PodEventType::kBookmark) return;
  std::vector<CachedPod> changes;
  {
    const std::lock_guard lock(mutex_);
    if (event.type == PodEventType::kDeleted) {
      const std::string name = event.pod.name;
      Bury(name, std::make_shared<const Pod>(std::move(event.pod)), changes);
    } else {
      Put(std::move(event.pod), changes);
    }
    ForgetOldest();
  }
  Tell(changes);
}

void PodCache::Put(Pod pod, std::vector<CachedPod>& changes) {
  CachedPod& cached = pods_[pod.name];
  if (cached.pod && cached.pod->uid == pod.uid &&
      cached.pod->resource_version == pod.resource_version && !cached.gone) {
    return;  // listed again as it was
  }
  // Another pod under the old one's name: the old one's end was missed.
  if (cached.pod && cached.pod->uid != pod.uid && !cached.gone) {
    changes.push_back({cached.pod, /*gone=*/true});
  }
  cached = {std::make_shared<const Pod>(std::move(pod)), /*gone=*/false};
  changes.push_back(cached);
}

void PodCache::Bury(const std::string& name, std::shared_ptr<const Pod> last,
                    std::vector<CachedPod>& changes) {
  CachedPod& cached = pods_[name];
  cached = {std::move(last), /*gone=*/true};
  gone_.push_back({name, cached.pod->uid, clock_.Elapsed()});
  changes.push_back(cached);
}

void PodCache::ForgetOldest() {
  const base::Duration now = clock_.Elapsed();
  while (!gone_.empty() && (gone_.size() > options_.gone_count ||
                            now - gone_.front().since > options_.gone_age)) {
    const auto found = pods_.find(gone_.front().name);
    if (found != pods_.end() && found->second.gone &&
        found->second.pod->uid == gone_.front().uid) {
      pods_.erase(found);
    }
    gone_.pop_front();
  }
}

void PodCache::Tell(const std::vector<CachedPod>& changes) {
  if (!on_change_) return;
  for (const CachedPod& change : changes) on_change_(change);
}

}  // namespace vexaa::kube

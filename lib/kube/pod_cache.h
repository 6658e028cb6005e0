// The pods we know of, kept by one writer (a reflector), read by anybody.
// A deleted pod stays for a while as `gone`, with the last state it had: its
// outcome may be in there, and whoever looks late must still find it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/kube/pod_client.h"

namespace vexaa::kube {

struct CachedPod {
  // Shared: readers keep a state while the writer puts the next one in place.
  std::shared_ptr<const Pod> pod;
  bool gone = false;
};

struct PodCacheOptions {
  base::Duration gone_age = std::chrono::minutes(15);
  size_t gone_count = 1000;  // about 5 MiB with full termination messages
};

class PodCache {
 public:
  // Told of every change, on the writer's thread, with no lock held.
  using OnChange = std::function<void(const CachedPod&)>;

  // `clock` must outlive the cache.
  PodCache(const base::Clock& clock, OnChange on_change,
           PodCacheOptions options = {});

  // Whether the pods were ever listed. Until then nothing found says nothing.
  bool synced() const;
  std::optional<CachedPod> Find(std::string_view name) const;
  // All that are not gone.
  std::vector<std::shared_ptr<const Pod>> Live() const;

  // For the writer. Replace makes a delete of every pod that is not listed.
  void Replace(PodList list);
  void Apply(PodEvent event);

 private:
  struct Gone {
    std::string name;
    std::string uid;
    base::Duration since;
  };

  void Put(Pod pod, std::vector<CachedPod>& changes);
  void Bury(const std::string& name, std::shared_ptr<const Pod> last,
            std::vector<CachedPod>& changes);
  void ForgetOldest();
  void Tell(const std::vector<CachedPod>& changes);

  const base::Clock& clock_;
  const OnChange on_change_;
  const PodCacheOptions options_;
  mutable std::mutex mutex_;
  bool synced_ = false;                                 // GUARDED_BY(mutex_)
  std::map<std::string, CachedPod, std::less<>> pods_;  // GUARDED_BY(mutex_)
  std::deque<Gone> gone_;                               // GUARDED_BY(mutex_)
};

}  // namespace vexaa::kube

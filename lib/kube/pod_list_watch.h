// The pods of a PodClient that match a selector, kept in a PodCache.
#pragma once

#include <string>

#include "lib/kube/list_watch.h"
#include "lib/kube/pod_cache.h"
#include "lib/kube/pod_client.h"

namespace vexaa::kube {

class PodListWatch final : public ListWatch {
 public:
  // `client` and `cache` must outlive it.
  PodListWatch(PodClient& client, PodCache& cache, std::string label_selector)
      : client_(client),
        cache_(cache),
        label_selector_(std::move(label_selector)) {}

  std::string_view kind() const override { return "pods"; }
  base::Result<Listed> List(std::stop_token stop) override;
  base::Status Watch(const std::string& resource_version,
                     std::chrono::seconds timeout, const OnEvent& on_event,
                     std::stop_token stop) override;

 private:
  PodClient& client_;
  PodCache& cache_;
  const std::string label_selector_;
};

}  // namespace vexaa::kube

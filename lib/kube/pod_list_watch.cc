#include "lib/kube/pod_list_watch.h"

#include <memory>
#include <utility>

namespace vexaa::kube {

base::Result<ListWatch::Listed> PodListWatch::List(std::stop_token stop) {
  ASSIGN_OR_RETURN(PodList list, client_.List(label_selector_, stop));
  auto shared = std::make_shared<PodList>(std::move(list));
  return Listed{shared->resource_version, shared->pods.size(),
                [this, shared] { cache_.Replace(std::move(*shared)); }};
}

base::Status PodListWatch::Watch(const std::string& resource_version,
                                 std::chrono::seconds timeout,
                                 const OnEvent& on_event,
                                 std::stop_token stop) {
  return client_.Watch(
      {label_selector_, resource_version, timeout},
      [&](PodEvent event) {
        Event seen{event.pod.resource_version,
                   event.type == PodEventType::kBookmark,
                   [&] { cache_.Apply(std::move(event)); }};
        return on_event(seen);
      },
      stop);
}

}  // namespace vexaa::kube

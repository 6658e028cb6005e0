// PodClient over the Kubernetes REST API, for the namespace of its ApiClient.
#pragma once

#include <string>

#include "lib/kube/api_client.h"
#include "lib/kube/collection.h"
#include "lib/kube/pod_client.h"

namespace vexaa::kube {

class RestPodClient final : public PodClient {
 public:
  // `api` must outlive the client. `container` is whose log is read; empty
  // works for pods of one container.
  explicit RestPodClient(ApiClient& api, std::string container = "");

  base::Result<Pod> Create(std::string_view manifest,
                           std::stop_token stop) override;
  base::Result<Pod> Get(std::string_view name, std::stop_token stop) override;
  base::Result<PodList> List(std::string_view label_selector,
                             std::stop_token stop) override;
  base::Status Delete(std::string_view name, std::string_view uid,
                      std::optional<std::chrono::seconds> grace,
                      std::stop_token stop) override;
  base::Result<std::string> Logs(std::string_view name, size_t tail_bytes,
                                 std::stop_token stop) override;
  base::Status Watch(const WatchOptions& options, const OnPodEvent& on_event,
                     std::stop_token stop) override;

 private:
  ApiClient& api_;
  const Collection pods_;
  const std::string container_;
};

}  // namespace vexaa::kube

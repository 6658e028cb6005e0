// Runners as pods of one namespace. Thread-safe.
#pragma once

#include <mutex>
#include <string>

#include "controller/pod_builder.h"
#include "controller/pod_runtime.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/kube/pod_cache.h"
#include "lib/kube/pod_client.h"
#include "lib/kube/pod_list_watch.h"
#include "lib/kube/reflector.h"

namespace vexaa::controller {

class KubePodRuntime final : public PodRuntime {
 public:
  // The references must outlive the runtime.
  KubePodRuntime(kube::PodClient& client, base::Clock& clock, base::Logger& log,
                 PodSettings settings, PodIdentity identity);

  void Run(const OnChange& on_change, std::stop_token stop) override;
  bool synced() const override { return cache_.synced(); }
  base::Status Health() const override { return reflector_.Health(); }
  std::optional<kube::Pod> Find(const std::string& name) const override;
  std::vector<kube::Pod> All() const override;
  base::Status Create(const PodRequest& request) override;
  base::Result<kube::Pod> Get(const std::string& name) override;
  base::Status Delete(const std::string& name, const std::string& uid) override;
  base::Result<std::string> LogTail(const std::string& name,
                                    size_t max_bytes) override;

 private:
  void Tell(const kube::CachedPod& pod);

  kube::PodClient& client_;
  const PodSettings settings_;
  const PodIdentity identity_;
  std::stop_source stop_;  // of the requests, when Run ends
  std::mutex mutex_;
  OnChange on_change_;  // guarded by mutex_
  kube::PodCache cache_;
  kube::PodListWatch list_watch_;
  kube::Reflector reflector_;
};

}  // namespace vexaa::controller

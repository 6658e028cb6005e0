// Leases of one namespace: who leads, and until when. The seam over
// coordination.k8s.io/v1. Implementations are thread-safe and never retry;
// errors as in pod_client.h.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/kube/api_client.h"

namespace vexaa::kube {

struct Lease {
  std::string name;
  std::string resource_version;  // empty: not stored yet
  std::string holder;            // empty: given up
  std::chrono::seconds duration{0};
  std::optional<base::Time> acquire_time;
  std::optional<base::Time> renew_time;
  int transitions = 0;
  bool operator==(const Lease&) const = default;
};

class LeaseClient {
 public:
  virtual ~LeaseClient() = default;
  virtual base::Result<Lease> Get(std::string_view name,
                                  std::stop_token stop) = 0;
  virtual base::Result<Lease> Create(const Lease& lease,
                                     std::stop_token stop) = 0;
  // kAborted: it is no longer as `lease.resource_version` says.
  virtual base::Result<Lease> Update(const Lease& lease,
                                     std::stop_token stop) = 0;
};

class RestLeaseClient final : public LeaseClient {
 public:
  // `api` must outlive the client. A call takes at most `timeout`: shorter
  // than what is left of a lease when a renewal goes wrong.
  RestLeaseClient(ApiClient& api, base::Duration timeout);

  base::Result<Lease> Get(std::string_view name, std::stop_token stop) override;
  base::Result<Lease> Create(const Lease& lease, std::stop_token stop) override;
  base::Result<Lease> Update(const Lease& lease, std::stop_token stop) override;

 private:
  base::Result<Lease> Call(ApiRequest request, std::stop_token stop);

  ApiClient& api_;
  const std::string path_;
  const base::Duration timeout_;
};

}  // namespace vexaa::kube

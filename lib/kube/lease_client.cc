#include "lib/kube/lease_client.h"

#include <utility>

#include "lib/base/time_text.h"
#include "lib/http/url.h"
#include "lib/kube/json_value.h"

namespace vexaa::kube {
namespace {

using base::Result;

std::string Encode(std::string_view text) {
  return http::PercentEncode(text, http::Slash::kEncode);
}

std::string ToJson(const Lease& lease) {
  Json object = {{"apiVersion", "coordination.k8s.io/v1"},
                 {"kind", "Lease"},
                 {"metadata", {{"name", lease.name}}},
                 {"spec",
                  {{"holderIdentity", lease.holder},
                   {"leaseDurationSeconds", lease.duration.count()},
                   {"leaseTransitions", lease.transitions}}}};
  if (!lease.resource_version.empty()) {
    object["metadata"]["resourceVersion"] = lease.resource_version;
  }
  Json& spec = object["spec"];
  if (lease.acquire_time) {
    spec["acquireTime"] = base::FormatRfc3339(*lease.acquire_time);
  }
  if (lease.renew_time) {
    spec["renewTime"] = base::FormatRfc3339(*lease.renew_time);
  }
  return object.dump();
}

Result<Lease> FromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const Json object, ParseJson(text));
  Lease lease;
  lease.name = Text(Member(object, "metadata", "name"));
  lease.resource_version = Text(Member(object, "metadata", "resourceVersion"));
  if (lease.name.empty() || lease.resource_version.empty()) {
    return base::Status(base::Code::kDataLoss,
                        "the API server sent a lease without name or version");
  }
  const Json& spec = Member(object, "spec");
  lease.holder = Text(Member(spec, "holderIdentity"));
  lease.duration =
      std::chrono::seconds(Number(Member(spec, "leaseDurationSeconds")));
  lease.acquire_time = TimeOf(Member(spec, "acquireTime"));
  lease.renew_time = TimeOf(Member(spec, "renewTime"));
  lease.transitions = Number(Member(spec, "leaseTransitions"));
  return lease;
}

}  // namespace

RestLeaseClient::RestLeaseClient(ApiClient& api, base::Duration timeout)
    : api_(api),
      path_("/apis/coordination.k8s.io/v1/namespaces/" +
            Encode(api.name_space()) + "/leases"),
      timeout_(timeout) {}

Result<Lease> RestLeaseClient::Call(ApiRequest request, std::stop_token stop) {
  request.timeout = timeout_;
  ASSIGN_OR_RETURN(const std::string body, api_.Call(request, stop));
  return FromJson(body);
}

Result<Lease> RestLeaseClient::Get(std::string_view name,
                                   std::stop_token stop) {
  return Call({.verb = "get", .path = path_ + "/" + Encode(name)}, stop);
}

Result<Lease> RestLeaseClient::Create(const Lease& lease,
                                      std::stop_token stop) {
  const std::string body = ToJson(lease);
  return Call({.verb = "create", .method = "POST", .path = path_, .body = body},
              stop);
}

Result<Lease> RestLeaseClient::Update(const Lease& lease,
                                      std::stop_token stop) {
  const std::string body = ToJson(lease);
  return Call({.verb = "update",
               .method = "PUT",
               .path = path_ + "/" + Encode(lease.name),
               .body = body},
              stop);
}

}  // namespace vexaa::kube

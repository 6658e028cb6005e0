// A namespace of a random name in the cluster of VEXAA_TEST_KUBECONFIG; goes
// with all that is in it when this object does.
#pragma once

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/http/curl_transport.h"
#include "lib/kube/api_client.h"

namespace vexaa::kube {

class KubeNamespace {
 public:
  // Nothing when there is no cluster to test with.
  static std::unique_ptr<KubeNamespace> Make();
  ~KubeNamespace();

  ApiClient& api() { return api_; }
  base::Clock& clock() { return clock_; }
  const std::string& name() const { return api_.name_space(); }
  // POSTs `json` to a collection of this namespace, such as "resourcequotas".
  base::Status Post(const std::string& collection, const std::string& json);

 private:
  explicit KubeNamespace(ClusterAccess access);
  void AwaitServiceAccount();

  base::SystemClock clock_;
  http::CurlTransport transport_;
  ApiClient api_;
};

}  // namespace vexaa::kube

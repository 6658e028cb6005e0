// How to reach an API server and as whom: from a pod's own service account or
// from a kubeconfig file. Reads files only; nothing of the environment.
#pragma once

#include <cstdint>
#include <string>

#include "lib/base/status.h"
#include "lib/http/curl_transport.h"

namespace vexaa::kube {

struct ClusterAccess {
  std::string server;  // "https://host:port", no slash at the end
  http::TlsOptions tls;
  std::string token;       // for the Authorization header; may be empty
  std::string token_file;  // read again as it rotates; wins over `token`
  std::string name_space;  // where our objects live
};

inline constexpr char kServiceAccountFolder[] =
    "/var/run/secrets/kubernetes.io/serviceaccount";

// The account that Kubernetes mounts into a pod; host and port as it gives
// them in KUBERNETES_SERVICE_HOST and _PORT.
base::Result<ClusterAccess> LoadInCluster(
    const std::string& host, uint16_t port,
    const std::string& folder = kServiceAccountFolder);

// The current context of a kubeconfig file, or the one named. kUnimplemented:
// it signs in by a plugin (exec, auth-provider), by password, through a proxy
// or without checking the server; kInvalidArgument: something is missing.
base::Result<ClusterAccess> LoadKubeconfig(const std::string& path,
                                           const std::string& context = "");

}  // namespace vexaa::kube

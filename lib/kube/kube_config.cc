#include "lib/kube/kube_config.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "lib/kube/small_file.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Result;
using base::Status;

Status Unusable(const std::string& what) {
  return Status(Code::kInvalidArgument, what);
}

Status Unsupported(const std::string& key, const std::string& instead) {
  return Status(Code::kUnimplemented,
                "'" + key + "' is not supported: " + instead);
}

std::string Text(const YAML::Node& node, const char* key) {
  if (!node.IsMap() || !node[key] || !node[key].IsScalar()) return "";
  return node[key].as<std::string>();
}

// The entry `name` of the list `list`: its map under `kind`.
Result<YAML::Node> Named(const YAML::Node& root, const char* list,
                         const char* kind, const std::string& name) {
  const YAML::Node entries = root[list];
  if (entries && entries.IsSequence()) {
    for (const YAML::Node& entry : entries) {
      if (Text(entry, "name") != name) continue;
      if (entry[kind] && entry[kind].IsMap()) return YAML::Node(entry[kind]);
    }
  }
  return Unusable("no " + std::string(kind) + " named '" + name + "' under '" +
                  list + "'");
}

// A credential given as a file or as base64 text, as kubeconfig spells it.
struct Material {
  std::string file;
  std::string pem;
  bool given() const { return !file.empty() || !pem.empty(); }
};

// Paths in a kubeconfig are relative to the file they stand in.
std::string PathFrom(const std::string& folder, const std::string& path) {
  if (path.empty()) return "";
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

Result<Material> ReadMaterial(const YAML::Node& node, const std::string& key,
                              const std::string& folder) {
  Material material;
  const std::string data = Text(node, (key + "-data").c_str());
  if (data.empty()) {
    material.file = PathFrom(folder, Text(node, key.c_str()));
    return material;
  }
  const std::optional<std::string> pem = DecodeBase64(data);
  if (!pem) return Unusable("'" + key + "-data' is not base64");
  material.pem = *pem;
  return material;
}

Status RefuseUnsupported(const YAML::Node& cluster, const YAML::Node& user) {
  if (user["exec"] || user["auth-provider"]) {
    return Unsupported(user["exec"] ? "exec" : "auth-provider",
                       "give a client certificate or a token");
  }
  if (user["username"] || user["password"]) {
    return Unsupported("username/password",
                       "give a client certificate or a token");
  }
  if (Text(cluster, "insecure-skip-tls-verify") == "true") {
    return Unsupported("insecure-skip-tls-verify",
                       "give certificate-authority");
  }
  for (const char* key : {"proxy-url", "tls-server-name"}) {
    if (cluster[key]) {
      return Unsupported(key, "give a server address that is reached directly");
    }
  }
  return Status::Ok();
}

Status CheckServer(const ClusterAccess& access) {
  const bool secret = !access.token.empty() || !access.token_file.empty();
  if (access.server.starts_with("https://")) return Status::Ok();
  if (!access.server.starts_with("http://")) {
    return Unusable("the cluster's server is not a URL: '" + access.server +
                    "'");
  }
  if (secret) {
    return Unusable("a token would go in clear text to " + access.server +
                    ": use https");
  }
  return Status::Ok();
}

Status ReadCluster(const YAML::Node& cluster, const std::string& folder,
                   ClusterAccess& access) {
  access.server = Text(cluster, "server");
  while (access.server.ends_with('/')) access.server.pop_back();
  ASSIGN_OR_RETURN(Material ca,
                   ReadMaterial(cluster, "certificate-authority", folder));
  access.tls.ca_file = std::move(ca.file);
  access.tls.ca_pem = std::move(ca.pem);
  return Status::Ok();
}

Status ReadUser(const YAML::Node& user, const std::string& folder,
                ClusterAccess& access) {
  ASSIGN_OR_RETURN(Material certificate,
                   ReadMaterial(user, "client-certificate", folder));
  ASSIGN_OR_RETURN(Material key, ReadMaterial(user, "client-key", folder));
  if (certificate.given() != key.given()) {
    return Unusable("client-certificate and client-key belong together");
  }
  access.tls.certificate_file = std::move(certificate.file);
  access.tls.certificate_pem = std::move(certificate.pem);
  access.tls.key_file = std::move(key.file);
  access.tls.key_pem = std::move(key.pem);
  access.token = Text(user, "token");
  access.token_file = PathFrom(folder, Text(user, "tokenFile"));
  return Status::Ok();
}

Result<ClusterAccess> ReadContext(const YAML::Node& root,
                                  const std::string& folder,
                                  const std::string& name) {
  if (name.empty()) return Unusable("no current-context is set");
  ASSIGN_OR_RETURN(YAML::Node context,
                   Named(root, "contexts", "context", name));
  ASSIGN_OR_RETURN(YAML::Node cluster, Named(root, "clusters", "cluster",
                                             Text(context, "cluster")));
  ASSIGN_OR_RETURN(YAML::Node user,
                   Named(root, "users", "user", Text(context, "user")));
  RETURN_IF_ERROR(RefuseUnsupported(cluster, user));
  ClusterAccess access;
  RETURN_IF_ERROR(ReadCluster(cluster, folder, access));
  RETURN_IF_ERROR(ReadUser(user, folder, access));
  RETURN_IF_ERROR(CheckServer(access));
  access.name_space = Text(context, "namespace");
  if (access.name_space.empty()) access.name_space = "default";
  return access;
}

}  // namespace

Result<ClusterAccess> LoadInCluster(const std::string& host, uint16_t port,
                                    const std::string& folder) {
  if (host.empty() || port == 0) {
    return Unusable(
        "no API server address: this does not run in a pod with a service "
        "account; name a kubeconfig file instead");
  }
  ClusterAccess access;
  const bool is_ipv6 = host.find(':') != std::string::npos;
  access.server = "https://" + (is_ipv6 ? "[" + host + "]" : host) + ":" +
                  std::to_string(port);
  access.tls.ca_file = folder + "/ca.crt";
  access.token_file = folder + "/token";
  ASSIGN_OR_RETURN(access.name_space, ReadSmallFile(folder + "/namespace"));
  // Both are needed at the first request: better said now, with their path.
  RETURN_IF_ERROR(ReadSmallFile(access.tls.ca_file).status());
  RETURN_IF_ERROR(ReadSmallFile(access.token_file).status());
  return access;
}

Result<ClusterAccess> LoadKubeconfig(const std::string& path,
                                     const std::string& context) {
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path));
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return Unusable(path + " is not a kubeconfig file");
    const std::string folder = std::filesystem::path(path).parent_path();
    auto access =
        ReadContext(root, folder,
                    context.empty() ? Text(root, "current-context") : context);
    if (!access.ok()) return access.status().WithContext(path);
    return access;
  } catch (const YAML::Exception& error) {
    return Unusable(path + ": " + error.what());
  }
}

}  // namespace vexaa::kube

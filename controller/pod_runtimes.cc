#include "controller/pod_runtimes.h"

#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include "controller/kube_pod_runtime.h"
#include "controller/local/local_pod_runtime.h"
#include "lib/http/curl_transport.h"
#include "lib/jobs/runner_env.h"
#include "lib/kube/api_client.h"
#include "lib/kube/kube_config.h"
#include "lib/kube/object_client.h"
#include "lib/kube/rest_pod_client.h"
#include "lib/objects/credential_chain.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Status;
using Environment = std::map<std::string, std::string>;

std::string Joined(const std::vector<std::string>& items, char separator) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += separator;
    text += item;
  }
  return text;
}

void SetUnlessEmpty(Environment& environment, const char* name,
                    const std::string& value) {
  if (!value.empty()) environment[name] = value;
}

// What every runner is told of its log.
Environment CommonEnvironment(const Config& config) {
  Environment environment;
  environment[jobs::env::kLogFormat] = "json";
  environment[jobs::env::kLogLevel] = base::LogLevelName(config.log_level);
  return environment;
}

// A process shares this machine's files and credentials.
Environment ProcessEnvironment(const RuntimeParts& parts) {
  Environment environment = CommonEnvironment(parts.config);
  SetUnlessEmpty(environment, jobs::env::kFolderRoots,
                 Joined(parts.config.folder.roots, ':'));
  auto pass_on = [&](const char* name) {
    SetUnlessEmpty(environment, name, parts.environment(name).value_or(""));
  };
  for (const char* name : {"PATH", "TZ", "LANG"}) pass_on(name);
  if (parts.config.stores.empty()) return environment;
  environment[jobs::env::kStores] = objects::FormatStores(parts.config.stores);
  for (const char* name : objects::CredentialVariables()) pass_on(name);
  return environment;
}

class LocalOwner final : public PodRuntimeOwner {
 public:
  explicit LocalOwner(std::unique_ptr<LocalPodRuntime> runtime)
      : runtime_(std::move(runtime)) {}
  PodRuntime& pods() override { return *runtime_; }

 private:
  std::unique_ptr<LocalPodRuntime> runtime_;
};

base::Result<std::unique_ptr<PodRuntimeOwner>> OpenLocal(
    const RuntimeParts& parts) {
  const ProcessConfig& config = parts.config.process;
  LocalOptions options{
      .runner_path = std::filesystem::absolute(config.runner).string(),
      .folder = std::filesystem::absolute(config.directory).string(),
      .installation = parts.installation,
      .progress_url = parts.progress_url,
      .environment = ProcessEnvironment(parts)};
  ASSIGN_OR_RETURN(auto runtime,
                   LocalPodRuntime::Open(options, parts.clock, parts.log));
  return std::unique_ptr<PodRuntimeOwner>(
      std::make_unique<LocalOwner>(std::move(runtime)));
}

base::Result<kube::ClusterAccess> AccessOf(const RuntimeParts& parts) {
  const std::string& file = parts.config.kubernetes.kubeconfig;
  if (!file.empty()) return kube::LoadKubeconfig(file);
  auto host = parts.environment("KUBERNETES_SERVICE_HOST");
  auto port = parts.environment("KUBERNETES_SERVICE_PORT");
  if (!host || !port)
    return Status(Code::kInvalidArgument,
                  "not in a cluster: set kubernetes.kubeconfig, or use "
                  "executor: process");
  int number = 0;
  const std::string_view digits = *port;
  std::from_chars(digits.begin(), digits.end(), number);
  return kube::LoadInCluster(*host, static_cast<uint16_t>(number));
}

class KubeOwner final : public PodRuntimeOwner {
 public:
  static base::Result<std::unique_ptr<PodRuntimeOwner>> Open(
      const RuntimeParts& parts);
  PodRuntime& pods() override { return *runtime_; }
  kube::ApiClient* api() override { return &api_; }

 private:
  KubeOwner(const RuntimeParts& parts, const kube::ClusterAccess& access);
  Status FindOwner(const RuntimeParts& parts, PodIdentity& identity);

  http::CurlTransport transport_;
  kube::ApiClient api_;
  kube::RestPodClient client_;
  std::unique_ptr<KubePodRuntime> runtime_;
};

http::CurlOptions CurlOptionsFor(const kube::ClusterAccess& access) {
  http::CurlOptions options;
  options.tls = access.tls;
  options.user_agent = "vexaa-controller";
  return options;
}

KubeOwner::KubeOwner(const RuntimeParts& parts,
                     const kube::ClusterAccess& access)
    : transport_(CurlOptionsFor(access)),
      api_(access, transport_, parts.clock,
           [&metrics = parts.metrics](std::string_view verb, int status) {
             metrics.CountKubeRequest(verb, status);
           }),
      client_(api_) {}

Status KubeOwner::FindOwner(const RuntimeParts& parts, PodIdentity& identity) {
  const std::string& name = parts.config.kubernetes.owner_config_map;
  if (name.empty()) return Status::Ok();
  kube::ObjectClient objects(api_, "vexaa-controller",
                             parts.config.kubernetes.instance);
  base::Result<kube::ObjectRef> found = objects.FindConfigMap(name, {});
  if (!found.ok())
    return found.status().WithContext("kubernetes.ownerConfigMap " + name);
  identity.owner = std::move(*found);
  return Status::Ok();
}

PodSettings SettingsOf(const RuntimeParts& parts,
                       const std::string& name_space) {
  const Config& config = parts.config;
  const KubernetesConfig& kubernetes = config.kubernetes;
  Environment environment = CommonEnvironment(config);
  environment[jobs::env::kProgressUrl] = parts.progress_url;
  return {.name_space = name_space,
          .image = kubernetes.runner_image,
          .image_pull_policy = kubernetes.image_pull_policy,
          .service_account = kubernetes.runner_service_account,
          .pod = kubernetes.pod,
          .queue_pods = kubernetes.queue_pods,
          .stores = config.stores,
          .environment = std::move(environment)};
}

base::Result<std::unique_ptr<PodRuntimeOwner>> KubeOwner::Open(
    const RuntimeParts& parts) {
  ASSIGN_OR_RETURN(kube::ClusterAccess access, AccessOf(parts));
  const KubernetesConfig& config = parts.config.kubernetes;
  if (!config.name_space.empty()) access.name_space = config.name_space;
  std::unique_ptr<KubeOwner> owner(new KubeOwner(parts, access));
  PodIdentity identity{.installation = parts.installation,
                       .instance = config.instance,
                       .owner = std::nullopt};
  RETURN_IF_ERROR(owner->FindOwner(parts, identity));
  owner->runtime_ = std::make_unique<KubePodRuntime>(
      owner->client_, parts.clock, parts.log,
      SettingsOf(parts, access.name_space), identity);
  return std::unique_ptr<PodRuntimeOwner>(std::move(owner));
}

}  // namespace

base::Result<std::unique_ptr<PodRuntimeOwner>> OpenPodRuntime(
    const RuntimeParts& parts) {
  if (parts.config.executor == Executor::kProcess) return OpenLocal(parts);
  return KubeOwner::Open(parts);
}

}  // namespace vexaa::controller

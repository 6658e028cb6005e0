#include "controller/pod_builder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/jobs/runner_env.h"

namespace vexaa::controller {
namespace {

using Json = nlohmann::ordered_json;

// Longer than the runner needs to stop (20 s).
constexpr int kGraceSeconds = 30;
// "nobody" of distroless images; the image's own user.
constexpr int kRunnerUser = 65532;

// A folder of files in the pod, and what they come from.
struct Mount {
  std::string volume;
  std::string folder;
  std::string kind;  // of the volume
  Json source;
};

std::string KeyFolder(const objects::StoreConfig& store) {
  return "/etc/vexaa/stores/" + store.name;
}

std::string CaFolder(const objects::StoreConfig& store) {
  return "/etc/vexaa/ca/" + store.name;
}

std::vector<Mount> MountsOf(const std::vector<objects::StoreConfig>& stores) {
  std::vector<Mount> mounts;
  for (const objects::StoreConfig& store : stores) {
    if (!store.runner_secret.empty())
      mounts.push_back(
          {"store-" + store.name, KeyFolder(store), "secret",
           Json{{"secretName", store.runner_secret}, {"defaultMode", 0440}}});
    if (!store.runner_ca_config_map.empty())
      mounts.push_back({"ca-" + store.name, CaFolder(store), "configMap",
                        Json{{"name", store.runner_ca_config_map}}});
  }
  return mounts;
}

Json Labels(const PodRequest& request, const PodIdentity& identity) {
  return Json{{"app.kubernetes.io/name", "vexaa"},
              {"app.kubernetes.io/instance", identity.instance},
              {"app.kubernetes.io/component", "runner"},
              {"app.kubernetes.io/part-of", "vexaa"},
              {"app.kubernetes.io/managed-by", "vexaa-controller"},
              {kInstallationLabel, identity.installation},
              {kClaimLabel, request.claim_nonce},
              {kJobIdLabel, std::to_string(request.attempt.job.value())},
              {kAttemptLabel, std::to_string(request.attempt.attempt)},
              {kQueueLabel, request.queue}};
}

// An owner in another namespace would have the pod collected at once.
std::optional<kube::ObjectRef> OwnerOf(const PodRequest& request,
                                       const PodSettings& settings,
                                       const PodIdentity& identity) {
  if (request.audio_job && request.audio_job_namespace == settings.name_space)
    return request.audio_job;
  return identity.owner;
}

Json Metadata(const PodRequest& request, const PodSettings& settings,
              const PodIdentity& identity) {
  Json metadata{{"name", jobs::PodNameFor(request.attempt)},
                {"namespace", settings.name_space},
                {"labels", Labels(request, identity)},
                {"annotations",
                 {{"cluster-autoscaler.kubernetes.io/safe-to-evict", "true"}}}};
  if (auto owner = OwnerOf(request, settings, identity)) {
    metadata["ownerReferences"] =
        Json::array({{{"apiVersion", owner->api_version},
                      {"kind", owner->kind},
                      {"name", owner->name},
                      {"uid", owner->uid},
                      {"controller", true}}});
  }
  return metadata;
}

Json Environment(const PodRequest& request, const PodSettings& settings) {
  Json list = Json::array();
  auto add = [&](const std::string& name, const std::string& value) {
    list.push_back({{"name", name}, {"value", value}});
  };
  for (const auto& [name, value] : settings.environment) add(name, value);
  if (!settings.stores.empty())
    add(jobs::env::kStores,
        objects::FormatStores(StoresInPods(settings.stores)));
  add(jobs::env::kRunSpec, request.run_spec);
  return list;
}

Json ContainerSecurity() {
  return Json{{"allowPrivilegeEscalation", false},
              {"readOnlyRootFilesystem", true},
              {"capabilities", {{"drop", Json::array({"ALL"})}}}};
}

Json PodSecurity() {
  return Json{{"runAsNonRoot", true},
              {"runAsUser", kRunnerUser},
              {"runAsGroup", kRunnerUser},
              {"fsGroup", kRunnerUser},
              {"seccompProfile", {{"type", "RuntimeDefault"}}}};
}

Json Resources(const PodRequest& request, const PodSettings& settings) {
  std::string memory = MemoryFor(settings, request.out_of_memory);
  return Json{{"requests", {{"cpu", settings.cpu_request}, {"memory", memory}}},
              {"limits", {{"memory", memory}}}};
}

Json Container(const PodRequest& request, const PodSettings& settings) {
  Json container{{"name", "runner"},
                 {"image", settings.image},
                 {"imagePullPolicy", settings.image_pull_policy},
                 {"env", Environment(request, settings)},
                 {"resources", Resources(request, settings)},
                 {"securityContext", ContainerSecurity()},
                 {"terminationMessagePath", "/dev/termination-log"},
                 {"terminationMessagePolicy", "File"}};
  Json mounts = Json::array();
  for (const Mount& mount : MountsOf(settings.stores))
    mounts.push_back({{"name", mount.volume},
                      {"mountPath", mount.folder},
                      {"readOnly", true}});
  if (!mounts.empty()) container["volumeMounts"] = std::move(mounts);
  return container;
}

Json Spec(const PodRequest& request, const PodSettings& settings) {
  Json spec{{"restartPolicy", "Never"},
            {"serviceAccountName", settings.service_account},
            {"automountServiceAccountToken", false},
            {"enableServiceLinks", false},
            {"terminationGracePeriodSeconds", kGraceSeconds},
            {"securityContext", PodSecurity()},
            {"containers", Json::array({Container(request, settings)})}};
  if (request.timeout_seconds > 0)
    spec["activeDeadlineSeconds"] =
        request.timeout_seconds + kPodDeadlineSlackSeconds;
  Json volumes = Json::array();
  for (const Mount& mount : MountsOf(settings.stores))
    volumes.push_back({{"name", mount.volume}, {mount.kind, mount.source}});
  if (!volumes.empty()) spec["volumes"] = std::move(volumes);
  return spec;
}

}  // namespace

std::string MemoryFor(const PodSettings& settings, int out_of_memory) {
  uint64_t bytes = settings.memory_limit;
  for (int i = 0; i < out_of_memory && bytes < settings.max_memory; ++i)
    bytes += bytes / 2;
  bytes = std::min(bytes, settings.max_memory);
  return std::to_string(std::max<uint64_t>(1, bytes >> 20)) + "Mi";
}

std::vector<objects::StoreConfig> StoresInPods(
    const std::vector<objects::StoreConfig>& stores) {
  std::vector<objects::StoreConfig> seen = stores;
  for (objects::StoreConfig& store : seen) {
    if (!store.runner_endpoint.empty()) store.endpoint = store.runner_endpoint;
    const bool temporary = !store.files.session_token.empty();
    store.files = {};
    store.ca_file.clear();
    if (!store.runner_secret.empty())
      store.files = {KeyFolder(store) + "/access-key",
                     KeyFolder(store) + "/secret-key",
                     temporary ? KeyFolder(store) + "/session-token" : ""};
    if (!store.runner_ca_config_map.empty())
      store.ca_file = CaFolder(store) + "/ca.crt";
  }
  return seen;
}

std::string BuildPod(const PodRequest& request, const PodSettings& settings,
                     const PodIdentity& identity) {
  Json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata", Metadata(request, settings, identity)},
           {"spec", Spec(request, settings)}};
  return pod.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vexaa::controller

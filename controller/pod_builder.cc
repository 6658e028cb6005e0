#include "controller/pod_builder.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "lib/jobs/runner_env.h"

namespace vexaa::controller {
namespace {

using Json = nlohmann::ordered_json;

// Until a pod on a node that fell silent is given up.
constexpr int kNodeLossSeconds = 30;
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
  return std::string(kOwnFolder) + "/stores/" + store.name;
}

std::string CaFolder(const objects::StoreConfig& store) {
  return std::string(kOwnFolder) + "/ca/" + store.name;
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

// Plain words of YAML become what they mean, quoted ones stay text.
Json ScalarJson(const config::YamlValue& value) {
  if (value.quoted) return value.text;
  if (value.text == "true" || value.text == "false")
    return value.text == "true";
  int64_t number = 0;
  const char* end = value.text.data() + value.text.size();
  auto parsed = std::from_chars(value.text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end) return number;
  return value.text;
}

Json ToJson(const config::YamlValue& value) {
  using Kind = config::YamlValue::Kind;
  Json json;
  switch (value.kind) {
    case Kind::kNull:
      break;
    case Kind::kScalar:
      return ScalarJson(value);
    case Kind::kList:
      json = Json::array();
      for (const auto& item : value.items) json.push_back(ToJson(item));
      break;
    case Kind::kMap:
      json = Json::object();
      for (const auto& member : value.members)
        json[member.name] = ToJson(member.value);
      break;
  }
  return json;
}

Json Labels(const PodRequest& request, const PodIdentity& identity,
            const PodTemplate& pod) {
  Json labels = pod.labels;
  // Ours win: they are what the pod is found by.
  labels.update(Json{{"app.kubernetes.io/name", "vexaa"},
                     {"app.kubernetes.io/instance", identity.instance},
                     {"app.kubernetes.io/component", "runner"},
                     {"app.kubernetes.io/part-of", "vexaa"},
                     {"app.kubernetes.io/managed-by", "vexaa-controller"},
                     {kInstallationLabel, identity.installation},
                     {kClaimLabel, request.claim_nonce},
                     {kJobIdLabel, std::to_string(request.attempt.job.value())},
                     {kAttemptLabel, std::to_string(request.attempt.attempt)},
                     {kQueueLabel, request.queue}});
  return labels;
}

// An owner in another namespace would have the pod collected at once.
std::optional<kube::ObjectRef> OwnerOf(const PodRequest& request,
                                       const PodSettings& settings,
                                       const PodIdentity& identity) {
  if (request.audio_job && request.audio_job_namespace == settings.name_space)
    return request.audio_job;
  return identity.owner;
}

Json Annotations(const PodTemplate& pod) {
  Json annotations{{"cluster-autoscaler.kubernetes.io/safe-to-evict", "true"}};
  annotations.update(Json(pod.annotations));
  return annotations;
}

Json Metadata(const PodRequest& request, const PodSettings& settings,
              const PodIdentity& identity, const PodTemplate& pod) {
  Json metadata{{"name", jobs::PodNameFor(request.attempt)},
                {"namespace", settings.name_space},
                {"labels", Labels(request, identity, pod)},
                {"annotations", Annotations(pod)}};
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
  add(jobs::env::kAdminAddress, "0.0.0.0:" + std::to_string(kMetricsPort));
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

Json Resources(const PodRequest& request, const PodTemplate& pod) {
  std::string memory = MemoryFor(pod, request.out_of_memory);
  return Json{{"requests", {{"cpu", pod.cpu_request}, {"memory", memory}}},
              {"limits", {{"memory", memory}}}};
}

// Kubernetes' own 300 s are long for a job that can be done elsewhere.
Json NodeLossToleration(const char* taint) {
  return Json{{"key", taint},
              {"operator", "Exists"},
              {"effect", "NoExecute"},
              {"tolerationSeconds", kNodeLossSeconds}};
}

Json Tolerations(const PodTemplate& pod) {
  Json list = ToJson(pod.tolerations);
  if (list.is_null()) list = Json::array();
  for (const char* taint :
       {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    bool given = std::any_of(list.begin(), list.end(), [&](const Json& item) {
      return !item.contains("key") || item["key"] == taint;
    });
    if (!given) list.push_back(NodeLossToleration(taint));
  }
  return list;
}

void AppendAll(Json& list, const Json& more) {
  for (const Json& item : more) list.push_back(item);
}

Json Mounts(const PodSettings& settings, const PodTemplate& pod) {
  Json mounts = Json::array();
  for (const Mount& mount : MountsOf(settings.stores))
    mounts.push_back({{"name", mount.volume},
                      {"mountPath", mount.folder},
                      {"readOnly", true}});
  AppendAll(mounts, ToJson(pod.volume_mounts));
  return mounts;
}

Json Volumes(const PodSettings& settings, const PodTemplate& pod) {
  Json volumes = Json::array();
  for (const Mount& mount : MountsOf(settings.stores))
    volumes.push_back({{"name", mount.volume}, {mount.kind, mount.source}});
  AppendAll(volumes, ToJson(pod.volumes));
  return volumes;
}

// What may be left out is left out: smaller requests, plainer pods.
void SetPlacement(Json& spec, const PodTemplate& pod) {
  spec["tolerations"] = Tolerations(pod);
  if (!pod.node_selector.empty()) spec["nodeSelector"] = pod.node_selector;
  if (Json affinity = ToJson(pod.affinity); !affinity.empty())
    spec["affinity"] = std::move(affinity);
  if (!pod.runtime_class.empty()) spec["runtimeClassName"] = pod.runtime_class;
  if (!pod.priority_class.empty())
    spec["priorityClassName"] = pod.priority_class;
  for (const std::string& name : pod.image_pull_secrets)
    spec["imagePullSecrets"].push_back({{"name", name}});
}

Json Container(const PodRequest& request, const PodSettings& settings,
               const PodTemplate& pod) {
  Json container{
      {"name", "runner"},
      {"image", settings.image},
      {"imagePullPolicy", settings.image_pull_policy},
      {"env", Environment(request, settings)},
      {"ports",
       Json::array({{{"name", "metrics"}, {"containerPort", kMetricsPort}}})},
      {"resources", Resources(request, pod)},
      {"securityContext", ContainerSecurity()},
      {"terminationMessagePath", "/dev/termination-log"},
      {"terminationMessagePolicy", "File"}};
  if (Json mounts = Mounts(settings, pod); !mounts.empty())
    container["volumeMounts"] = std::move(mounts);
  return container;
}

Json Spec(const PodRequest& request, const PodSettings& settings,
          const PodTemplate& pod) {
  Json spec{{"restartPolicy", "Never"},
            {"serviceAccountName", settings.service_account},
            {"automountServiceAccountToken", false},
            {"enableServiceLinks", false},
            {"terminationGracePeriodSeconds", kGraceSeconds},
            {"securityContext", PodSecurity()},
            {"containers", Json::array({Container(request, settings, pod)})}};
  if (request.timeout_seconds > 0)
    spec["activeDeadlineSeconds"] =
        request.timeout_seconds + kPodDeadlineSlackSeconds;
  if (Json volumes = Volumes(settings, pod); !volumes.empty())
    spec["volumes"] = std::move(volumes);
  SetPlacement(spec, pod);
  return spec;
}

}  // namespace

std::string MemoryFor(const PodTemplate& pod, int out_of_memory) {
  uint64_t bytes = pod.memory_limit;
  for (int i = 0; i < out_of_memory && bytes < pod.max_memory; ++i)
    bytes += bytes / 2;
  bytes = std::min(bytes, pod.max_memory);
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
  auto own = settings.queue_pods.find(request.queue);
  PodTemplate pod = own == settings.queue_pods.end()
                        ? settings.pod
                        : Merge(settings.pod, own->second);
  Json object{{"apiVersion", "v1"},
              {"kind", "Pod"},
              {"metadata", Metadata(request, settings, identity, pod)},
              {"spec", Spec(request, settings, pod)}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vexaa::controller

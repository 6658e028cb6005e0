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
  if (!settings.s3_secret.empty()) {
    std::string folder = kS3SecretFolder;
    add(jobs::env::kS3AccessKeyFile, folder + "/access-key");
    add(jobs::env::kS3SecretKeyFile, folder + "/secret-key");
  }
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
  if (!settings.s3_secret.empty())
    container["volumeMounts"] = Json::array(
        {{{"name", "s3"}, {"mountPath", kS3SecretFolder}, {"readOnly", true}}});
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
  if (!settings.s3_secret.empty())
    spec["volumes"] = Json::array(
        {{{"name", "s3"},
          {"secret",
           {{"secretName", settings.s3_secret}, {"defaultMode", 0440}}}}});
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

std::string BuildPod(const PodRequest& request, const PodSettings& settings,
                     const PodIdentity& identity) {
  Json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata", Metadata(request, settings, identity)},
           {"spec", Spec(request, settings)}};
  return pod.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vexaa::controller

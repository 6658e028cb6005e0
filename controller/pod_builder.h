// Builds the runner's pod. PURE: request and settings in, manifest out. The pod
// passes Pod Security `restricted` and holds no API token and no secret but
// the mounted object storage credentials.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/pod_runtime.h"
#include "controller/pod_template.h"
#include "lib/kube/object_client.h"
#include "lib/objects/store_config.h"

namespace vexaa::controller {

struct PodSettings {
  std::string name_space;
  std::string image;
  std::string image_pull_policy = "IfNotPresent";
  std::string service_account = "vexaa-runner";
  PodTemplate pod = DefaultPod();
  std::map<std::string, PodTemplate> queue_pods = {};  // by queue, over `pod`
  // Their Secrets and ConfigMaps are mounted as files.
  std::vector<objects::StoreConfig> stores = {};
  std::map<std::string, std::string> environment;  // of every runner
};

struct PodIdentity {
  std::string installation;              // UUID of the database
  std::string instance;                  // release name, for people
  std::optional<kube::ObjectRef> owner;  // in the same namespace
};

// The stores as runner pods see them: other endpoints, other files.
std::vector<objects::StoreConfig> StoresInPods(
    const std::vector<objects::StoreConfig>& stores);

// Below it lie the files that the controller mounts itself.
inline constexpr char kOwnFolder[] = "/etc/vexaa";

// Where runners in pods serve /metrics and /livez.
inline constexpr int kMetricsPort = 9090;

// The runner ends itself at its deadline; the pod's own comes that much later,
// because a kubelet's deadline loses message and exit code.
inline constexpr int kPodDeadlineSlackSeconds = 120;

// The memory of an attempt: half as much again for each earlier one that ran
// out of it, as a quantity of whole Mi.
std::string MemoryFor(const PodTemplate& pod, int out_of_memory);

std::string BuildPod(const PodRequest& request, const PodSettings& settings,
                     const PodIdentity& identity);

}  // namespace vexaa::controller

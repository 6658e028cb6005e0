// Opens the pod runtime that the configuration names, with all it stands on.
#pragma once

#include <memory>
#include <string>

#include "controller/config.h"
#include "controller/controller_metrics.h"
#include "controller/pod_runtime.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/config/yaml_reader.h"
#include "lib/kube/api_client.h"

namespace vexaa::controller {

// All but the strings must outlive the runtime.
struct RuntimeParts {
  const Config& config;
  std::string installation;
  const config::EnvironmentLookup& environment;
  std::string progress_url;  // where runners POST
  const ControllerMetrics& metrics;
  base::Clock& clock;
  base::Logger& log;
};

// A runtime and whatever it needs to live.
class PodRuntimeOwner {
 public:
  virtual ~PodRuntimeOwner() = default;
  virtual PodRuntime& pods() = 0;
  // The cluster behind it; nullptr for processes.
  virtual kube::ApiClient* api() { return nullptr; }
};

// kInvalidArgument, kFailedPrecondition: the configuration cannot work;
// kUnavailable: the API server does not answer.
base::Result<std::unique_ptr<PodRuntimeOwner>> OpenPodRuntime(
    const RuntimeParts& parts);

}  // namespace vexaa::controller

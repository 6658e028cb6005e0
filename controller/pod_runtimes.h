// Opens the pod runtime that the configuration names, with all it stands on.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/config.h"
#include "controller/controller_metrics.h"
#include "controller/pod_runtime.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/config/yaml_reader.h"

namespace vexaa::controller {

struct RuntimeParts {
  const Config& config;
  std::string installation;
  const config::EnvironmentLookup& environment;
  std::map<std::string, std::string> runner_environment;
  ControllerMetrics& metrics;
  base::Clock& clock;
  base::Logger& log;
};

class PodRuntimes {
 public:
  virtual ~PodRuntimes() = default;
  // kInvalidArgument: the configuration cannot work; kUnavailable: the API
  // server does not answer.
  static base::Result<std::unique_ptr<PodRuntimes>> Open(
      const RuntimeParts& parts);
  virtual PodRuntime& pods() = 0;
};

}  // namespace vexaa::controller

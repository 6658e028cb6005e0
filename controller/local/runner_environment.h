// How local runners are set up, and the environment one of them gets. PURE.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "controller/pod_runtime.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::controller {

struct LocalOptions {
  std::string runner_path;  // absolute path of the runner's program
  std::vector<std::string> arguments = {};
  std::string folder;        // absolute; one folder per attempt lies below it
  std::string installation;  // the database's UUID
  std::string node_name = "local";
  std::string progress_url = "";  // empty: runners report no progress
  // All that a runner's environment holds beside its run: PATH, TZ, LANG, the
  // S3 and folder variables of jobs::env. Nothing else is passed on.
  std::map<std::string, std::string> environment = {};
  uint64_t log_limit_bytes = uint64_t{1} << 20;
  base::Duration grace = std::chrono::seconds(30);  // SIGTERM to SIGKILL
  // The runner keeps its own deadline; this much later it is killed.
  base::Duration deadline_slack = std::chrono::seconds(120);
  // How often logs, deadlines and folders are looked at; ends come at once.
  base::Duration tick = std::chrono::seconds(1);
};

// kInvalidArgument names the option at fault.
base::Status CheckLocalOptions(const LocalOptions& options);

std::map<std::string, std::string> RunnerEnvironment(
    const LocalOptions& options, const PodRequest& request,
    const std::string& outcome_path);

// The labels of a runner's pod, as in a cluster.
std::map<std::string, std::string> RunnerLabels(const LocalOptions& options,
                                                const PodRequest& request);

}  // namespace vexaa::controller

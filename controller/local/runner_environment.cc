#include "controller/local/runner_environment.h"

#include "lib/jobs/runner_env.h"

namespace vexaa::controller {
namespace {

namespace env = jobs::env;

// The controller's own secrets are read from variables of this prefix.
constexpr char kDatabasePrefix[] = "VEXAA_DATABASE";

base::Status Wrong(const std::string& what) {
  return base::Status(base::Code::kInvalidArgument, what);
}

}  // namespace

base::Status CheckLocalOptions(const LocalOptions& options) {
  if (!options.runner_path.starts_with('/'))
    return Wrong("the runner's path must be absolute, not '" +
                 options.runner_path + "'");
  if (!options.folder.starts_with('/'))
    return Wrong("the attempts' folder must be absolute, not '" +
                 options.folder + "'");
  if (options.tick <= base::Duration(0) || options.grace < base::Duration(0) ||
      options.deadline_slack < base::Duration(0))
    return Wrong("the local runners' times must not be negative");
  for (const auto& [name, value] : options.environment) {
    if (name.starts_with(kDatabasePrefix))
      return Wrong("the variable " + name + " must not reach a runner");
  }
  return base::Status::Ok();
}

std::map<std::string, std::string> RunnerEnvironment(
    const LocalOptions& options, const PodRequest& request,
    const std::string& outcome_path) {
  std::map<std::string, std::string> all = options.environment;
  all[env::kRunSpec] = request.run_spec;
  all[env::kOutcomeFile] = outcome_path;
  all[env::kLogLimitBytes] = std::to_string(options.log_limit_bytes);
  // Many runners share this machine's ports.
  all.emplace(env::kAdminAddress, "127.0.0.1:0");
  if (!options.progress_url.empty())
    all[env::kProgressUrl] = options.progress_url;
  return all;
}

std::map<std::string, std::string> RunnerLabels(const LocalOptions& options,
                                                const PodRequest& request) {
  return {{kInstallationLabel, options.installation},
          {kClaimLabel, request.claim_nonce},
          {kJobIdLabel, std::to_string(request.attempt.job.value())},
          {kAttemptLabel, std::to_string(request.attempt.attempt)},
          {kQueueLabel, request.queue}};
}

}  // namespace vexaa::controller

#include "controller/maintenance/left_uploads.h"

#include "controller/pod_runtime.h"
#include "lib/jobs/job.h"
#include "lib/jobs/run_outcome.h"

namespace vexaa::controller {
namespace {

bool HasLabel(const kube::Pod& pod, const char* name,
              const std::string& value) {
  auto found = pod.labels.find(name);
  return found != pod.labels.end() && found->second == value;
}

// Its runner's: no other was given that token.
bool IsOwnOutcome(const kube::Pod& pod, const jobs::RunOutcome& outcome) {
  auto attempt = jobs::ParsePodName(pod.name);
  auto claim = pod.labels.find(kClaimLabel);
  return attempt && claim != pod.labels.end() && !claim->second.empty() &&
         outcome.token == jobs::AttemptToken(*attempt, claim->second);
}

}  // namespace

std::vector<std::string> UploadsNamedBy(const kube::Pod& pod,
                                        const std::string& installation) {
  std::vector<std::string> ids;
  if (!pod.termination || !HasLabel(pod, kInstallationLabel, installation))
    return ids;
  base::Result<jobs::RunOutcome> outcome =
      jobs::ParseRunOutcome(pod.termination->message);
  if (!outcome.ok() || !IsOwnOutcome(pod, *outcome)) return ids;
  for (const jobs::OutputResult& output : outcome->outputs) {
    if (output.upload_id.empty()) continue;
    auto index = static_cast<size_t>(output.index);
    if (ids.size() <= index) ids.resize(index + 1);
    ids[index] = output.upload_id;
  }
  return ids;
}

}  // namespace vexaa::controller

// What a person asks for on the command line, as the plan of a job: the same
// options as a row's, places of any kind, names that tell formats. Looks at
// the file system only to resolve local paths.
#pragma once

#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "lib/objects/output_identity.h"
#include "runner/cli.h"

namespace vexaa::runner {

inline constexpr char kStdoutPlace[] = "-";

struct HandPlan {
  std::string source_uri;
  jobs::JobPlan plan;  // stdout's URI is "-"
  objects::Overwrite overwrite = objects::Overwrite::kOwnResults;
  std::vector<std::string> folders;  // that the places lie in
};

// InvalidJob: a sentence about the flag or option at fault.
base::Result<HandPlan> PlanByHand(const Arguments& arguments);

}  // namespace vexaa::runner

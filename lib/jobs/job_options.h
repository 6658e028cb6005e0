// The `options` of a job row, read and checked; what is to be made where is
// decided of it by PlanJob. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"

namespace vexaa::jobs {

// One output as it is asked for.
struct OutputOptions {
  OutputKind kind = OutputKind::kAudio;
  std::string profile;  // empty: the job's
  std::string uri;      // empty: the default place
  TrackSelector track;
  bool all_tracks = false;
  SilenceRule silence;
  // Changes to the profile: setting and JSON value, for ApplySetting.
  std::vector<std::pair<std::string, std::string>> settings;
};

struct JobOptions {
  IfExists if_exists = IfExists::kReplaceOwn;
  Clip clip;
  bool loudness = false;
  OutputOptions main;                // the output of the row itself
  std::vector<OutputOptions> extra;  // `outputs`, in order
};

// InvalidJob names the option at fault. Empty text and "null" are no options.
base::Result<JobOptions> ParseJobOptions(std::string_view json);

}  // namespace vexaa::jobs

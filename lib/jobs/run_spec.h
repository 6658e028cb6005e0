// What the controller asks of a runner: JSON in VEXAA_RUN_SPEC, version 1.
// Unknown fields are ignored (a newer controller may add some); an unknown
// version is refused. Nothing in it is secret. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/jobs/job_plan.h"

namespace vexaa::jobs {

struct RunSpec {
  AttemptId attempt;
  std::string token;
  std::string source_uri;
  JobPlan plan;
  int timeout_seconds = 0;  // of the run; 0: none
  std::string traceparent;
  bool operator==(const RunSpec&) const = default;
};

RunSpec MakeRunSpec(const Job& job, const JobPlan& plan);
std::string FormatRunSpec(const RunSpec& spec);
base::Result<RunSpec> ParseRunSpec(std::string_view json);

}  // namespace vexaa::jobs

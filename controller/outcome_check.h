// Whether a runner's success is believed: it must account for every output of
// the plan. A runner may be under the control of its input. PURE.
#pragma once

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "lib/jobs/run_outcome.h"

namespace vexaa::controller {

// Internal with a sentence: an output is missing though its track had to be
// there, reported twice or not planned, or has neither an upload nor, with
// if_exists skip, an earlier result.
base::Status CheckOutcome(const jobs::JobPlan& plan,
                          const jobs::RunOutcome& outcome);

}  // namespace vexaa::controller

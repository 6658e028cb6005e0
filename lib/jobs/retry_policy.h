// What becomes of a job whose attempt ended without a result. PURE.
#pragma once

#include "lib/base/clock.h"
#include "lib/jobs/job.h"

namespace vexaa::jobs {

// Disruptions a job may live through; past that something is wrong with it.
inline constexpr int kMaxDisruptions = 10;

struct RetryStep {
  JobState state = JobState::kFailed;  // kScheduled or kFailed
  base::Time run_at;                   // meaningful for kScheduled
  int failures = 0;                    // the row's new counts
  int disruptions = 0;
};

// `random` in [0, 1) spreads the retries; `job` is the row before the step.
RetryStep NextStep(const Job& job, Reason reason, base::Time now,
                   double random);

}  // namespace vexaa::jobs

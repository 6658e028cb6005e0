// What becomes of a job whose attempt ended without a result. PURE.
#pragma once

#include <optional>

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

// `random` in [0, 1) spreads the retries; `job` is the row before the step. A
// job has waited since its first claim, or since `worked_at` where that is
// known: the end of its latest attempt that did not only wait.
RetryStep NextStep(const Job& job, Reason reason, base::Time now, double random,
                   std::optional<base::Time> worked_at = std::nullopt);

}  // namespace vexaa::jobs

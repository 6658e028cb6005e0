#include "lib/jobs/retry_policy.h"

#include <algorithm>

#include "lib/base/backoff.h"

namespace vexaa::jobs {
namespace {

using namespace std::chrono_literals;

// Kubernetes' own back-off for the pods of a Job.
constexpr base::BackoffPolicy kRetry{.first = 10s, .cap = 10min};
// A disrupted job was healthy: start over soon, but not all at once.
constexpr base::Duration kAfterDisruption = 2s;
// Each try is a claim and a row of history: one that has waited long waits
// longer for the next, an eighth of that time.
constexpr base::Duration kWhileBusy = 10s;
constexpr base::Duration kWhileLongBusy = 5min;
constexpr int kBusyShare = 8;
constexpr base::Duration kWhileMisdeployed = 60s;
// No job waits for room, or for an operator, longer than that at a stretch.
constexpr base::Duration kPatience = 24h;
constexpr double kJitter = 0.2;

RetryStep Keep(const Job& job) {
  return {.state = JobState::kFailed,
          .run_at = {},
          .failures = job.failures,
          .disruptions = job.disruptions};
}

RetryStep AfterTemporary(const Job& job, base::Time now, double random) {
  RetryStep step = Keep(job);
  step.failures += 1;
  if (step.failures >= job.max_attempts) return step;
  step.state = JobState::kScheduled;
  step.run_at = now + base::Jitter(base::BackoffDelay(kRetry, job.failures),
                                   kJitter, random);
  return step;
}

RetryStep AfterDisruption(const Job& job, base::Time now, double random) {
  RetryStep step = Keep(job);
  step.disruptions += 1;
  if (step.disruptions > kMaxDisruptions) return step;
  step.state = JobState::kScheduled;
  step.run_at = now + base::Jitter(kAfterDisruption, 0.5, random);
  return step;
}

base::Duration BusyDelay(base::Time since, base::Time now) {
  return std::clamp<base::Duration>((now - since) / kBusyShare, kWhileBusy,
                                    kWhileLongBusy);
}

// What an attempt took that began to work was no waiting.
base::Duration Waited(const Job& job, base::Time since, base::Time now) {
  return (job.started_at ? job.claimed_at.value_or(now) : now) - since;
}

RetryStep WaitFor(const Job& job, base::Time since, base::Duration delay,
                  base::Time now, double random) {
  RetryStep step = Keep(job);
  if (Waited(job, since, now) > kPatience) return step;
  step.state = JobState::kScheduled;
  step.run_at = now + base::Jitter(delay, kJitter, random);
  return step;
}

}  // namespace

RetryStep NextStep(const Job& job, Reason reason, base::Time now, double random,
                   std::optional<base::Time> worked_at) {
  const base::Time first = job.first_claimed_at.value_or(now);
  const base::Time since = std::max(first, worked_at.value_or(first));
  switch (ClassOf(reason)) {
    case ReasonClass::kTemporary:
      return AfterTemporary(job, now, random);
    case ReasonClass::kDisruption:
      return AfterDisruption(job, now, random);
    case ReasonClass::kBackPressure:
      return WaitFor(job, since, BusyDelay(since, now), now, random);
    case ReasonClass::kDeployment:
      return WaitFor(job, since, kWhileMisdeployed, now, random);
    case ReasonClass::kJobFault:
    case ReasonClass::kProgress:
      return Keep(job);
  }
  return Keep(job);
}

}  // namespace vexaa::jobs

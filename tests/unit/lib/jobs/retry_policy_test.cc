#include "lib/jobs/retry_policy.h"

#include <gtest/gtest.h>

namespace vexaa::jobs {
namespace {

using namespace std::chrono_literals;

const base::Time kNow{std::chrono::hours(24 * 365 * 56)};
constexpr double kMiddle = 0.5;  // no jitter

Job Fresh() {
  Job job;
  job.state = JobState::kRunning;
  job.max_attempts = 4;
  job.attempt = 1;
  job.first_claimed_at = kNow - 1min;
  return job;
}

RetryStep Step(const Job& job, Reason reason) {
  return NextStep(job, reason, kNow, kMiddle);
}

TEST(RetryPolicy, NeverRepeatsAJobThatIsAtFault) {
  for (Reason reason : AllReasons()) {
    if (ClassOf(reason) != ReasonClass::kJobFault) continue;
    RetryStep step = Step(Fresh(), reason);
    EXPECT_EQ(step.state, JobState::kFailed) << ReasonName(reason);
    EXPECT_EQ(step.failures, 0);
    EXPECT_EQ(step.disruptions, 0);
  }
}

TEST(RetryPolicy, WaitsLongerAfterEveryFailure) {
  Job job = Fresh();
  job.max_attempts = 100;
  const base::Duration expected[] = {10s,  20s,  40s,  80s,
                                     160s, 320s, 600s, 600s};
  for (base::Duration delay : expected) {
    RetryStep step = Step(job, Reason::kStorageUnavailable);
    EXPECT_EQ(step.state, JobState::kScheduled);
    EXPECT_EQ(step.run_at, kNow + delay);
    EXPECT_EQ(step.failures, job.failures + 1);
    job.failures = step.failures;
  }
}

TEST(RetryPolicy, GivesUpAfterTheLastAttempt) {
  Job job = Fresh();
  job.failures = 2;
  EXPECT_EQ(Step(job, Reason::kRunnerCrashed).state, JobState::kScheduled);
  job.failures = 3;
  RetryStep step = Step(job, Reason::kRunnerCrashed);
  EXPECT_EQ(step.state, JobState::kFailed);
  EXPECT_EQ(step.failures, 4);
}

TEST(RetryPolicy, TriesOnceWhenOneAttemptIsAllowed) {
  Job job = Fresh();
  job.max_attempts = 1;
  EXPECT_EQ(Step(job, Reason::kRunnerCrashed).state, JobState::kFailed);
}

TEST(RetryPolicy, CountsDisruptionsApartAndStartsOverSoon) {
  Job job = Fresh();
  job.failures = 3;
  RetryStep step = Step(job, Reason::kEvicted);
  EXPECT_EQ(step.state, JobState::kScheduled);
  EXPECT_EQ(step.run_at, kNow + 2s);
  EXPECT_EQ(step.failures, 3);
  EXPECT_EQ(step.disruptions, 1);
}

TEST(RetryPolicy, LivesThroughTenDisruptions) {
  Job job = Fresh();
  job.disruptions = 9;
  EXPECT_EQ(Step(job, Reason::kNodeLost).state, JobState::kScheduled);
  job.disruptions = 10;
  EXPECT_EQ(Step(job, Reason::kNodeLost).state, JobState::kFailed);
}

TEST(RetryPolicy, CountsNothingWhileThereIsNoRoom) {
  for (Reason reason :
       {Reason::kQuotaExceeded, Reason::kUnschedulable, Reason::kOutputBusy}) {
    RetryStep step = Step(Fresh(), reason);
    EXPECT_EQ(step.state, JobState::kScheduled) << ReasonName(reason);
    EXPECT_EQ(step.run_at, kNow + 10s);
    EXPECT_EQ(step.failures, 0);
    EXPECT_EQ(step.disruptions, 0);
  }
}

TEST(RetryPolicy, AsksLessOftenForRoomTheLongerItHasWaited) {
  Job job = Fresh();
  job.first_claimed_at = kNow - 16min;
  EXPECT_EQ(Step(job, Reason::kOutputBusy).run_at, kNow + 2min);
  job.first_claimed_at = kNow - 20h;
  EXPECT_EQ(Step(job, Reason::kOutputBusy).run_at, kNow + 5min);
}

TEST(RetryPolicy, ADayOfWaitingTakesSomeHundredTriesAndNoFailure) {
  Job job = Fresh();
  base::Time now = *job.first_claimed_at;
  int tries = 0;
  for (;; ++tries) {
    RetryStep step = NextStep(job, Reason::kOutputBusy, now, kMiddle);
    EXPECT_EQ(step.failures + step.disruptions, 0);
    if (step.state == JobState::kFailed) break;
    now = step.run_at;
  }
  EXPECT_LT(tries, 400);
}

TEST(RetryPolicy, TriesABrokenDeploymentSlowly) {
  RetryStep step = Step(Fresh(), Reason::kImagePullFailed);
  EXPECT_EQ(step.run_at, kNow + 60s);
  EXPECT_EQ(step.failures, 0);
}

TEST(RetryPolicy, WaitsForRoomADayAtMost) {
  Job job = Fresh();
  job.first_claimed_at = kNow - 24h;
  EXPECT_EQ(Step(job, Reason::kQuotaExceeded).state, JobState::kScheduled);
  job.first_claimed_at = kNow - 24h - 1us;
  EXPECT_EQ(Step(job, Reason::kQuotaExceeded).state, JobState::kFailed);
  EXPECT_EQ(Step(job, Reason::kImagePullFailed).state, JobState::kFailed);
}

TEST(RetryPolicy, IsPatientAnewWithAJobThatHasWorked) {
  Job job = Fresh();
  job.first_claimed_at = kNow - 40h;
  auto after = [&](base::Duration since) {
    return NextStep(job, Reason::kQuotaExceeded, kNow, kMiddle, kNow - since);
  };
  EXPECT_EQ(after(16min).state, JobState::kScheduled);
  EXPECT_EQ(after(16min).run_at, kNow + 2min);
  EXPECT_EQ(after(24h).state, JobState::kScheduled);
  EXPECT_EQ(after(24h + 1us).state, JobState::kFailed);
  EXPECT_EQ(after(48h).state, JobState::kFailed);  // vexaa_retry came since
}

TEST(RetryPolicy, CountsNoWorkAsWaiting) {
  Job job = Fresh();
  job.first_claimed_at = job.claimed_at = job.started_at = kNow - 30h;
  EXPECT_EQ(Step(job, Reason::kInvalidConfig).state, JobState::kScheduled);
  job.first_claimed_at = kNow - 55h;
  EXPECT_EQ(Step(job, Reason::kInvalidConfig).state, JobState::kFailed);
}

TEST(RetryPolicy, SpreadsRetries) {
  Job job = Fresh();
  EXPECT_EQ(NextStep(job, Reason::kInternal, kNow, 0.0).run_at, kNow + 8s);
  EXPECT_GT(NextStep(job, Reason::kInternal, kNow, 0.99).run_at, kNow + 11s);
  EXPECT_GE(NextStep(job, Reason::kPodLost, kNow, 0.0).run_at, kNow + 1s);
}

TEST(RetryPolicy, EndsWithEveryReason) {
  for (Reason reason : AllReasons()) {
    Job job = Fresh();
    int steps = 0;
    base::Time now = kNow;
    RetryStep step = NextStep(job, reason, now, kMiddle);
    for (; step.state == JobState::kScheduled && steps < 100'000; ++steps) {
      now = step.run_at;
      job.failures = step.failures;
      job.disruptions = step.disruptions;
      step = NextStep(job, reason, now, kMiddle);
    }
    EXPECT_EQ(step.state, JobState::kFailed) << ReasonName(reason);
  }
}

}  // namespace
}  // namespace vexaa::jobs

#include "controller/local/attempt_pod.h"

#include <gtest/gtest.h>

#include "lib/jobs/run_outcome.h"

namespace vexaa::controller {
namespace {

using kube::PodPhase;

const AttemptRecord kRecord{.name = "vexaa-job-7-1",
                            .uid = "u",
                            .boot_id = "b",
                            .labels = {{"a", "b"}},
                            .created_at = {},
                            .timeout_seconds = 60};

std::string OutcomeText(jobs::Reason reason) {
  jobs::RunOutcome outcome;
  outcome.reason = reason;
  return jobs::FormatRunOutcome(outcome);
}

kube::Pod Show(const AttemptFacts& facts) {
  return PodOf(kRecord, facts, "laptop");
}

TEST(AttemptPod, IsPendingUntilTheProcessIsTheRunner) {
  AttemptFacts facts;
  facts.locked = true;
  EXPECT_EQ(Show(facts).phase, PodPhase::kPending);
}

TEST(AttemptPod, RunsWhileTheLockIsHeldWhateverLiesInTheFolder) {
  AttemptFacts facts;
  facts.locked = true;
  facts.process = ProcessId{1, 2};
  facts.outcome = OutcomeText(jobs::Reason::kSucceeded);
  kube::Pod pod = Show(facts);
  EXPECT_EQ(pod.phase, PodPhase::kRunning);
  EXPECT_FALSE(pod.termination);
  EXPECT_EQ(pod.node_name, "laptop");
  EXPECT_EQ(pod.labels, kRecord.labels);
}

TEST(AttemptPod, BelievesTheOutcomeWhenTheExitCodeWasNotSeen) {
  AttemptFacts facts;
  facts.outcome = OutcomeText(jobs::Reason::kSucceeded);
  EXPECT_EQ(Show(facts).phase, PodPhase::kSucceeded);
  EXPECT_EQ(Show(facts).termination->exit_code, -1);
  facts.outcome = OutcomeText(jobs::Reason::kNoAudioStream);
  EXPECT_EQ(Show(facts).phase, PodPhase::kFailed);
  facts.outcome = "damaged";
  EXPECT_EQ(Show(facts).phase, PodPhase::kFailed);
  EXPECT_EQ(Show(facts).termination->message, "damaged");
}

TEST(AttemptPod, FailsWithoutAnOutcome) {
  AttemptFacts facts;
  EXPECT_EQ(Show(facts).phase, PodPhase::kFailed);
  EXPECT_EQ(Show(facts).termination->message, "");
  facts.exit = ExitStatus{.code = 0, .signal = 0, .finished_at = {}};
  EXPECT_EQ(Show(facts).phase, PodPhase::kFailed);
}

TEST(AttemptPod, SaysThatItWasKilledPastItsDeadline) {
  AttemptFacts facts;
  facts.overdue = true;
  facts.exit = ExitStatus{.code = 137, .signal = 9, .finished_at = {}};
  EXPECT_EQ(Show(facts).status_reason, "DeadlineExceeded");
}

TEST(AttemptPod, ShowsADeletion) {
  AttemptFacts facts;
  facts.locked = true;
  facts.delete_by = base::Time(base::Duration(5));
  EXPECT_EQ(Show(facts).deletion_time, facts.delete_by);
}

}  // namespace
}  // namespace vexaa::controller

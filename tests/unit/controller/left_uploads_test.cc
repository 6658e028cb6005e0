#include "controller/maintenance/left_uploads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/pod_runtime.h"
#include "lib/jobs/run_outcome.h"

namespace vexaa::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

jobs::RunOutcome OutcomeWith(std::vector<jobs::OutputResult> outputs) {
  return {.attempt = {jobs::JobId(7), 2},
          .token = "7.2.00ff",
          .reason = jobs::Reason::kSucceeded,
          .message = "staged",
          .outputs = std::move(outputs)};
}

kube::Pod PodThatSaid(const jobs::RunOutcome& outcome) {
  kube::Pod pod;
  pod.name = "vexaa-job-7-2";
  pod.labels = {{kInstallationLabel, "ours"}, {kClaimLabel, "00ff"}};
  pod.phase = kube::PodPhase::kSucceeded;
  pod.termination =
      kube::Termination{.message = jobs::FormatRunOutcome(outcome)};
  return pod;
}

const jobs::OutputResult kFirst{.index = 0, .upload_id = "a"};
const jobs::OutputResult kThird{.index = 2, .upload_id = "c"};
const jobs::OutputResult kSkipped{.index = 1, .skipped = true};

TEST(UploadsNamedBy, GivesTheUploadsOfTheOutcomeByIndex) {
  kube::Pod pod = PodThatSaid(OutcomeWith({kFirst, kSkipped, kThird}));
  EXPECT_THAT(UploadsNamedBy(pod, "ours"), ElementsAre("a", "", "c"));
}

TEST(UploadsNamedBy, AFailedRunnersUploadsAreOpenToo) {
  jobs::RunOutcome outcome = OutcomeWith({kFirst});
  outcome.reason = jobs::Reason::kStorageUnavailable;
  EXPECT_THAT(UploadsNamedBy(PodThatSaid(outcome), "ours"), ElementsAre("a"));
}

TEST(UploadsNamedBy, ARunnerThatStagedNothingNamesNone) {
  EXPECT_THAT(UploadsNamedBy(PodThatSaid(OutcomeWith({})), "ours"), IsEmpty());
  EXPECT_THAT(UploadsNamedBy(PodThatSaid(OutcomeWith({kSkipped})), "ours"),
              IsEmpty());
}

TEST(UploadsNamedBy, BelievesOnlyTheOutcomeOfThePodsOwnClaim) {
  kube::Pod pod = PodThatSaid(OutcomeWith({kFirst}));
  pod.labels[kClaimLabel] = "beef";
  EXPECT_THAT(UploadsNamedBy(pod, "ours"), IsEmpty());
  pod.labels.erase(kClaimLabel);
  EXPECT_THAT(UploadsNamedBy(pod, "ours"), IsEmpty());
  jobs::RunOutcome bare = OutcomeWith({kFirst});
  bare.token = "7.2.";
  pod = PodThatSaid(bare);
  pod.labels[kClaimLabel] = "";
  EXPECT_THAT(UploadsNamedBy(pod, "ours"), IsEmpty());
  pod = PodThatSaid(OutcomeWith({kFirst}));
  pod.name = "vexaa-job-7-1";
  EXPECT_THAT(UploadsNamedBy(pod, "ours"), IsEmpty());
}

TEST(UploadsNamedBy, LeavesPodsOfOtherInstallationsAlone) {
  kube::Pod pod = PodThatSaid(OutcomeWith({kFirst}));
  EXPECT_THAT(UploadsNamedBy(pod, "theirs"), IsEmpty());
}

TEST(UploadsNamedBy, APodWithoutAWholeOutcomeNamesNone) {
  kube::Pod pod = PodThatSaid(OutcomeWith({kFirst}));
  pod.termination->message.resize(20);
  EXPECT_THAT(UploadsNamedBy(pod, "ours"), IsEmpty());
  pod.termination.reset();
  EXPECT_THAT(UploadsNamedBy(pod, "ours"), IsEmpty());
}

}  // namespace
}  // namespace vexaa::controller

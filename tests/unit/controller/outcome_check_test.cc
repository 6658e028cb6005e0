#include "controller/outcome_check.h"

#include <gtest/gtest.h>

#include "lib/jobs/reason.h"

namespace vexaa::controller {
namespace {

using jobs::Reason;

// An output for the usual track, and one for each of two tracks if they exist.
jobs::JobPlan Plan(jobs::IfExists mode = jobs::IfExists::kReplaceOwn) {
  jobs::JobPlan plan;
  plan.if_exists = mode;
  for (int i = 0; i < 3; ++i) {
    jobs::OutputPlan output;
    output.index = i;
    output.uri = "s3://b/" + std::to_string(i);
    output.if_track_exists = i > 0;
    if (i > 0) output.track = {jobs::TrackSelector::By::kNumber, i - 1, ""};
    plan.outputs.push_back(output);
  }
  return plan;
}

jobs::RunOutcome With(std::vector<int> indexes) {
  jobs::RunOutcome outcome;
  for (int index : indexes) {
    jobs::OutputResult& result = outcome.outputs.emplace_back();
    result.index = index;
    result.upload_id = "upload";
  }
  return outcome;
}

TEST(CheckOutcome, BelievesAllOutputsAndThoseOfTracksThatExist) {
  EXPECT_TRUE(CheckOutcome(Plan(), With({0, 1, 2})).ok());
  EXPECT_TRUE(CheckOutcome(Plan(), With({0, 1})).ok());
}

TEST(CheckOutcome, DoesNotBelieveThatAPlannedOutputIsMissing) {
  for (auto indexes : {std::vector{1, 2}, std::vector{0}, std::vector<int>{}}) {
    base::Status status = CheckOutcome(Plan(), With(indexes));
    EXPECT_EQ(jobs::ReasonOf(status), Reason::kInternal) << indexes.size();
  }
}

TEST(CheckOutcome, DoesNotBelieveWhatIsNotPlannedOrTold) {
  EXPECT_FALSE(CheckOutcome(Plan(), With({0, 1, 1})).ok());
  EXPECT_FALSE(CheckOutcome(Plan(), With({0, 1, 7})).ok());
  jobs::RunOutcome nothing = With({0, 1});
  nothing.outputs[0].upload_id.clear();
  EXPECT_FALSE(CheckOutcome(Plan(), nothing).ok());
}

TEST(CheckOutcome, BelievesAKeptResultOnlyWhereOneIsToBeKept) {
  jobs::RunOutcome kept = With({0, 1});
  kept.outputs[0].upload_id.clear();
  kept.outputs[0].skipped = true;
  EXPECT_TRUE(CheckOutcome(Plan(jobs::IfExists::kSkip), kept).ok());
  EXPECT_FALSE(CheckOutcome(Plan(), kept).ok());
  kept.outputs[0].upload_id = "and staged";
  EXPECT_FALSE(CheckOutcome(Plan(jobs::IfExists::kSkip), kept).ok());
}

}  // namespace
}  // namespace vexaa::controller

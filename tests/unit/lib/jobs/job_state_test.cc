#include "lib/jobs/job_state.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vexaa::jobs {
namespace {

const std::vector<std::string> kNames = {"scheduled", "queued",     "claimed",
                                         "running",   "publishing", "succeeded",
                                         "failed",    "cancelled"};

TEST(JobState, IsKnownByTheNameInTheTable) {
  for (const std::string& name : kNames) {
    auto state = ParseJobState(name);
    ASSERT_TRUE(state) << name;
    EXPECT_EQ(JobStateName(*state), name);
  }
  EXPECT_FALSE(ParseJobState("Queued"));
  EXPECT_FALSE(ParseJobState(""));
}

TEST(JobState, MovesOnlyAsTheTableOfStatesSays) {
  const std::set<std::pair<std::string, std::string>> allowed = {
      {"scheduled", "queued"},     {"scheduled", "cancelled"},
      {"queued", "claimed"},       {"queued", "cancelled"},
      {"claimed", "running"},      {"claimed", "publishing"},
      {"claimed", "queued"},       {"claimed", "scheduled"},
      {"claimed", "failed"},       {"claimed", "cancelled"},
      {"running", "publishing"},   {"running", "scheduled"},
      {"running", "failed"},       {"running", "cancelled"},
      {"publishing", "succeeded"}, {"publishing", "scheduled"},
      {"publishing", "failed"},    {"failed", "queued"}};
  for (const std::string& from : kNames)
    for (const std::string& to : kNames)
      EXPECT_EQ(CanMove(*ParseJobState(from), *ParseJobState(to)),
                allowed.contains({from, to}))
          << from << " -> " << to;
}

TEST(JobState, IsEitherTerminalLiveOrWaiting) {
  const std::set<std::string> terminal = {"succeeded", "failed", "cancelled"};
  const std::set<std::string> live = {"claimed", "running", "publishing"};
  for (const std::string& name : kNames) {
    EXPECT_EQ(IsTerminal(*ParseJobState(name)), terminal.contains(name));
    EXPECT_EQ(IsLive(*ParseJobState(name)), live.contains(name));
  }
}

TEST(JobState, CannotBeCancelledOnceItPublishes) {
  EXPECT_FALSE(CanMove(JobState::kPublishing, JobState::kCancelled));
}

}  // namespace
}  // namespace vexaa::jobs

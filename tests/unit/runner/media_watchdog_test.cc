#include "runner/media_watchdog.h"

#include <gtest/gtest.h>

#include <future>

#include "lib/jobs/reason.h"
#include "runner/media/limits.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::runner {
namespace {

using std::chrono::seconds;

std::optional<jobs::Reason> ReasonOf(const std::optional<base::Status>& end) {
  return end ? jobs::ReasonOf(*end) : std::nullopt;
}

TEST(StuckRule, LetsARunComputeWhileItMovesOn) {
  StuckRule rule;
  for (int i = 1; i < 100; ++i)
    EXPECT_FALSE(rule.Judge(static_cast<uint64_t>(i), seconds(50) * i));
}

TEST(StuckRule, EndsARunThatComputesAndGetsNowhere) {
  StuckRule rule;
  EXPECT_FALSE(rule.Judge(7, seconds(100)));
  EXPECT_FALSE(rule.Judge(7, seconds(100) + media::kMaxStuckCpu));
  auto end = rule.Judge(7, seconds(101) + media::kMaxStuckCpu);
  EXPECT_EQ(ReasonOf(end), jobs::Reason::kCorruptInput);
}

TEST(StuckRule, LeavesARunAloneThatWaits) {
  StuckRule rule;
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(rule.Judge(7, seconds(10)));
}

TEST(StuckRule, EndsARunThatUsesUpItsTime) {
  StuckRule rule;
  EXPECT_FALSE(rule.Judge(1, media::kMaxCpu));
  EXPECT_EQ(ReasonOf(rule.Judge(2, media::kMaxCpu + seconds(1))),
            jobs::Reason::kInputTooLarge);
}

TEST(MediaWatchdog, TellsOnceThatARunIsStuck) {
  Pulse pulse;
  base::ManualClock clock;
  std::promise<jobs::Reason> told;
  MediaWatchdog watchdog(
      pulse, clock, [] { return 2 * media::kMaxStuckCpu; },
      [&](const base::Status& end) { told.set_value(*jobs::ReasonOf(end)); });
  clock.WaitForSleeper(seconds(1));
  clock.Advance(seconds(1));
  EXPECT_EQ(told.get_future().get(), jobs::Reason::kCorruptInput);
}

}  // namespace
}  // namespace vexaa::runner

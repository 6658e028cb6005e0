#include "runner/run_stop.h"

#include <gtest/gtest.h>

#include <semaphore>

#include "lib/jobs/reason.h"
#include "runner/exit_guard.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::runner {
namespace {

using jobs::Reason;
using std::chrono::seconds;

void WaitFor(std::stop_token token) {
  std::binary_semaphore stopped(0);
  std::stop_callback wake(token, [&] { stopped.release(); });
  stopped.acquire();
}

TEST(RunStop, SaysNothingWhileTheRunMayGoOn) {
  base::ManualClock clock;
  RunStop stop({}, seconds(0), clock);
  EXPECT_TRUE(stop.Cause().ok());
  EXPECT_FALSE(stop.token().stop_requested());
}

TEST(RunStop, CallsASignalAnEviction) {
  base::ManualClock clock;
  std::stop_source signal;
  RunStop stop(signal.get_token(), seconds(60), clock);
  signal.request_stop();
  EXPECT_TRUE(stop.token().stop_requested());
  EXPECT_EQ(jobs::ReasonOf(stop.Cause()), Reason::kEvicted);
}

TEST(RunStop, HearsASignalThatCameBefore) {
  base::ManualClock clock;
  std::stop_source signal;
  signal.request_stop();
  RunStop stop(signal.get_token(), seconds(0), clock);
  EXPECT_EQ(jobs::ReasonOf(stop.Cause()), Reason::kEvicted);
}

TEST(RunStop, EndsAtTheDeadlineAndNamesIt) {
  base::ManualClock clock;
  RunStop stop({}, seconds(90), clock);
  clock.WaitForSleeper(seconds(90));
  clock.Advance(seconds(90));
  WaitFor(stop.token());
  EXPECT_EQ(jobs::ReasonOf(stop.Cause()), Reason::kDeadlineExceeded);
  EXPECT_NE(stop.Cause().message().find("90 s"), std::string::npos);
}

TEST(RunStop, KeepsTheFirstCause) {
  base::ManualClock clock;
  std::stop_source signal;
  RunStop stop(signal.get_token(), seconds(90), clock);
  clock.WaitForSleeper(seconds(90));
  clock.Advance(seconds(90));
  WaitFor(stop.token());
  signal.request_stop();
  EXPECT_EQ(jobs::ReasonOf(stop.Cause()), Reason::kDeadlineExceeded);
}

TEST(ExitGuard, ActsWhenAStopTakesTooLong) {
  base::ManualClock clock;
  std::stop_source stop;
  std::binary_semaphore overdue(0);
  ExitGuard guard(stop.get_token(), clock, [&] { overdue.release(); });
  stop.request_stop();
  clock.WaitForSleeper(kStopWithin);
  clock.Advance(kStopWithin);
  overdue.acquire();
}

TEST(ExitGuard, DoesNothingWhenTheRunEndsInTime) {
  base::ManualClock clock;
  std::stop_source stop;
  bool overdue = false;
  {
    ExitGuard guard(stop.get_token(), clock, [&] { overdue = true; });
    stop.request_stop();
    clock.WaitForSleeper(kStopWithin);
    clock.Advance(kStopWithin - seconds(1));
  }
  EXPECT_FALSE(overdue);
}

}  // namespace
}  // namespace vexaa::runner

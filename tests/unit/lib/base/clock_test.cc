#include "lib/base/clock.h"

#include <gtest/gtest.h>

namespace vexaa::base {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, NeverGoesBackInElapsedTime) {
  SystemClock clock;
  Duration before = clock.Elapsed();
  EXPECT_GT(before, 0s);
  EXPECT_GE(clock.Elapsed(), before);
}

TEST(SystemClock, KnowsThatItIsNotThePast) {
  EXPECT_GT(SystemClock().Now(), Time(std::chrono::hours(24 * 365 * 50)));
}

TEST(SystemClock, SleepsOnlyUntilAStop) {
  SystemClock clock;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.Sleep(1h, stop.get_token()));
}

TEST(SystemClock, SleepsToTheEndWithoutOne) {
  SystemClock clock;
  Duration before = clock.Elapsed();
  EXPECT_TRUE(clock.Sleep(2ms, {}));
  EXPECT_GE(clock.Elapsed() - before, 2ms);
}

}  // namespace
}  // namespace vexaa::base

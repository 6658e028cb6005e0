#include "lib/base/backoff.h"

#include <gtest/gtest.h>

namespace vexaa::base {
namespace {

using namespace std::chrono_literals;

constexpr BackoffPolicy kPolicy{.first = 10s, .cap = 10min};

TEST(Backoff, DoublesFromItsFirstDelay) {
  EXPECT_EQ(BackoffDelay(kPolicy, 0), 10s);
  EXPECT_EQ(BackoffDelay(kPolicy, 1), 20s);
  EXPECT_EQ(BackoffDelay(kPolicy, 5), 320s);
}

TEST(Backoff, StopsGrowingAtItsCap) {
  EXPECT_EQ(BackoffDelay(kPolicy, 6), 10min);
  EXPECT_EQ(BackoffDelay(kPolicy, 100), 10min);
  EXPECT_EQ(BackoffDelay(kPolicy, 1'000'000), 10min);
}

TEST(Backoff, TakesANegativeRepeatForTheFirst) {
  EXPECT_EQ(BackoffDelay(kPolicy, -3), 10s);
}

TEST(Backoff, MovesADelayByItsShareAtMost) {
  EXPECT_EQ(Jitter(10s, 0.2, 0.0), 8s);
  EXPECT_EQ(Jitter(10s, 0.2, 0.5), 10s);
  EXPECT_LT(Jitter(10s, 0.2, 0.999), 12s);
  EXPECT_EQ(Jitter(0s, 0.2, 0.9), 0s);
}

TEST(Backoff, DrawsNumbersInTheUnitInterval) {
  for (int i = 0; i < 1000; ++i) {
    double drawn = RandomUnit();
    EXPECT_GE(drawn, 0.0);
    EXPECT_LT(drawn, 1.0);
  }
}

}  // namespace
}  // namespace vexaa::base

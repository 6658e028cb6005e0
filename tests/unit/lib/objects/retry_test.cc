#include "lib/objects/retry.h"

#include <gtest/gtest.h>

namespace vexaa::objects {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryBudget, GivesUpAfterItsAttempts) {
  RetryBudget budget(kControlRetries);
  EXPECT_TRUE(budget.Next(RetryClass::kTransient, 0));
  EXPECT_TRUE(budget.Next(RetryClass::kTransient, 0));
  EXPECT_FALSE(budget.Next(RetryClass::kTransient, 0));
}

TEST(RetryBudget, CountsAfreshAfterProgress) {
  RetryBudget budget(kDataRetries);
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(budget.Next(RetryClass::kTransient, 0)) << i;
  }
  budget.Progressed();
  EXPECT_TRUE(budget.Next(RetryClass::kTransient, 0));
}

TEST(RetryBudget, NeverRepeatsWhatWillNotChange) {
  RetryBudget budget(kDataRetries);
  EXPECT_FALSE(budget.Next(RetryClass::kNever, 0));
}

TEST(RetryBudget, RepeatsDamageOnce) {
  RetryBudget budget(kDataRetries);
  EXPECT_TRUE(budget.Next(RetryClass::kOnce, 0));
  EXPECT_FALSE(budget.Next(RetryClass::kOnce, 0));
}

TEST(RetryBudget, RepeatsDamageOnceAfterOtherFailuresToo) {
  RetryBudget budget(kDataRetries);
  for (int i = 0; i < 3; ++i) (void)budget.Next(RetryClass::kTransient, 0);
  EXPECT_TRUE(budget.Next(RetryClass::kOnce, 0));
}

TEST(RetryBudget, WaitsLongerEachTimeUpToItsCap) {
  RetryBudget budget({.attempts = 20});
  EXPECT_EQ(budget.Next(RetryClass::kTransient, 0.5), milliseconds(25));
  EXPECT_EQ(budget.Next(RetryClass::kTransient, 0.5), milliseconds(50));
  for (int i = 0; i < 10; ++i) {
    (void)budget.Next(RetryClass::kTransient, 0.5);
  }
  EXPECT_EQ(budget.Next(RetryClass::kTransient, 0.5), seconds(10));
}

TEST(RetryBudget, WaitsLongerWhenThrottled) {
  RetryBudget budget(kControlRetries);
  EXPECT_EQ(budget.Next(RetryClass::kThrottled, 0.5), milliseconds(500));
}

TEST(RetryBudget, HonoursTheServersWishWithinBounds) {
  RetryBudget budget({.attempts = 20});
  EXPECT_EQ(budget.Next(RetryClass::kTransient, 0, seconds(3)), seconds(3));
  EXPECT_EQ(budget.Next(RetryClass::kTransient, 0, seconds(300)), seconds(5));
}

TEST(RetryTokens, RunOutAndComeBack) {
  RetryTokens tokens;
  int taken = 0;
  while (tokens.Take(RetryClass::kTransient)) ++taken;
  EXPECT_EQ(taken, 35);                              // 500 / 14
  EXPECT_TRUE(tokens.Take(RetryClass::kThrottled));  // what is left: 10
  for (int i = 0; i < 9; ++i) tokens.Return(std::nullopt);
  EXPECT_TRUE(tokens.Take(RetryClass::kTransient));
  EXPECT_FALSE(tokens.Take(RetryClass::kTransient));
}

TEST(RetryTokens, AreGivenBackForARepeatThatHelped) {
  RetryTokens tokens;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(tokens.Take(RetryClass::kTransient)) << i;
    tokens.Return(RetryClass::kTransient);
  }
}

}  // namespace
}  // namespace vexaa::objects

#include "lib/objects/link_meter.h"

#include <gtest/gtest.h>

namespace vexaa::objects {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kMiB = 1 << 20;

TEST(LinkMeter, KnowsNothingBeforeTheFirstAnswer) {
  EXPECT_EQ(LinkMeter().BreakEven(1), 0u);
}

TEST(LinkMeter, TakesAGigabitUntilMoreIsMeasured) {
  LinkMeter meter;
  meter.Began(1000, milliseconds(0));
  meter.Ended(1000, milliseconds(0), milliseconds(20));
  EXPECT_EQ(meter.BreakEven(1), 2'500'000u);
  EXPECT_EQ(meter.BreakEven(5), 500'000u);
}

TEST(LinkMeter, CountsTheShortestWait) {
  LinkMeter meter;
  for (int ms : {50, 8, 30}) {
    meter.Began(0, milliseconds(0));
    meter.Ended(0, milliseconds(0), milliseconds(ms));
  }
  EXPECT_EQ(meter.BreakEven(1), 1'000'000u);
}

TEST(LinkMeter, MeasuresWhatAllLargeRequestsTogetherCarry) {
  LinkMeter meter;
  meter.Began(0, milliseconds(0));
  meter.Ended(0, milliseconds(0), milliseconds(10));
  // Two at a time, 8 MiB each in 100 ms: 16 MiB in 100 ms.
  meter.Began(8 * kMiB, milliseconds(1000));
  meter.Began(8 * kMiB, milliseconds(1000));
  meter.Ended(8 * kMiB, milliseconds(1000), milliseconds(1100));
  meter.Ended(8 * kMiB, milliseconds(1000), milliseconds(1100));
  EXPECT_NEAR(static_cast<double>(meter.BreakEven(1)), 1.6 * kMiB, 1000);
}

TEST(LinkMeter, CountsNoPausesBetweenRequests) {
  LinkMeter meter;
  meter.Began(0, milliseconds(0));
  meter.Ended(0, milliseconds(0), milliseconds(10));
  for (int start : {0, 10'000, 20'000}) {
    meter.Began(8 * kMiB, milliseconds(start));
    meter.Ended(8 * kMiB, milliseconds(start), milliseconds(start + 80));
  }
  EXPECT_NEAR(static_cast<double>(meter.BreakEven(1)), 1.0 * kMiB, 1000);
}

}  // namespace
}  // namespace vexaa::objects

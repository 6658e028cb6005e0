#include "runner/progress_meter.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/fakes/manual_clock.h"

namespace vexaa::runner {
namespace {

using std::chrono::milliseconds;

class ProgressMeterTest : public testing::Test {
 protected:
  void UpdateAfter(milliseconds pause, double percent) {
    clock_.Advance(pause);
    meter_.Update(percent, 2 * percent, 1000);
  }
  std::vector<double> percents() const {
    std::vector<double> percents;
    for (const jobs::RunProgress& told : told_)
      percents.push_back(told.percent);
    return percents;
  }

  base::ManualClock clock_;
  std::vector<jobs::RunProgress> told_;
  const ProgressCallback callback_ = [this](const jobs::RunProgress& now) {
    told_.push_back(now);
  };
  ProgressMeter meter_{callback_, clock_};
};

TEST_F(ProgressMeterTest, TellsEachPercentOfALongRun) {
  for (double percent : {1.0, 1.5, 2.0, 2.9, 3.0})
    UpdateAfter(milliseconds(500), percent);
  EXPECT_EQ(percents(), (std::vector<double>{1, 2, 3}));
}

TEST_F(ProgressMeterTest, TellsEveryTwoSecondsOfALongerOne) {
  UpdateAfter(milliseconds(500), 0.1);
  for (double percent : {0.2, 0.3, 0.4, 0.5})
    UpdateAfter(milliseconds(500), percent);
  EXPECT_EQ(percents(), (std::vector<double>{0.1, 0.5}));
}

TEST_F(ProgressMeterTest, TellsAShortRunFourTimesASecondAtMost) {
  for (int percent = 10; percent <= 100; percent += 10)
    UpdateAfter(milliseconds(100), percent);
  EXPECT_EQ(percents(), (std::vector<double>{10, 40, 70, 100}));
}

TEST_F(ProgressMeterTest, TellsTheSpeedInSecondsOfSoundPerSecond) {
  UpdateAfter(milliseconds(500), 50);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_DOUBLE_EQ(told_[0].speed, 200);
  EXPECT_DOUBLE_EQ(told_[0].media_seconds, 100);
  EXPECT_EQ(told_[0].bytes_read, 1000u);
}

TEST_F(ProgressMeterTest, TellsTheEndWhenever) {
  UpdateAfter(milliseconds(500), 99.5);
  meter_.Tell(100, 200, 1000);
  EXPECT_EQ(percents(), (std::vector<double>{99.5, 100}));
}

}  // namespace
}  // namespace vexaa::runner

#include "controller/work_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

const jobs::JobId kOne(1);
const jobs::JobId kTwo(2);

std::stop_token Stopped() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

TEST(WorkQueue, GivesIdsInTheOrderTheyCame) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.Add(kTwo);
  queue.Add(kOne);
  EXPECT_EQ(queue.Next({}), kTwo);
  EXPECT_EQ(queue.Next({}), kOne);
}

TEST(WorkQueue, MergesAnIdThatWaitsAlready) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.Add(kOne);
  queue.Add(kOne);
  EXPECT_EQ(queue.Next({}), kOne);
  queue.Done(kOne);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(WorkQueue, CountsAsReadyWhatOnlyWaitsForAThread) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.Add(kOne);
  queue.Add(kTwo);
  queue.AddAfter(jobs::JobId(3), 10s);
  EXPECT_EQ(queue.Next({}), kOne);
  EXPECT_EQ(queue.ready(), 1u);
}

TEST(WorkQueue, NeverGivesOneIdToTwoButGivesItAgainAfterwards) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.Add(kOne);
  EXPECT_EQ(queue.Next({}), kOne);
  queue.Add(kOne);
  queue.Add(kTwo);
  EXPECT_EQ(queue.Next({}), kTwo);
  queue.Done(kOne);
  EXPECT_EQ(queue.Next({}), kOne);
}

TEST(WorkQueue, HoldsADelayedIdUntilItsTime) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.AddAfter(kOne, 10s);
  queue.Add(kTwo);
  EXPECT_EQ(queue.Next({}), kTwo);
  clock.Advance(10s);
  EXPECT_EQ(queue.Next({}), kOne);
}

TEST(WorkQueue, TakesTheEarlierOfTwoDelays) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.AddAfter(kOne, 10s);
  queue.AddAfter(kOne, 1s);
  clock.Advance(1s);
  EXPECT_EQ(queue.Next({}), kOne);
  queue.Done(kOne);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(WorkQueue, GivesDelayedIdsInTheOrderOfTheirTimes) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.AddAfter(kOne, 3s);
  queue.AddAfter(kTwo, 2s);
  clock.Advance(5s);
  EXPECT_EQ(queue.Next({}), kTwo);
  EXPECT_EQ(queue.Next({}), kOne);
}

TEST(WorkQueue, ForgetsTheDelayOfAnIdThatIsAddedMeanwhile) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.AddAfter(kOne, 10s);
  queue.Add(kOne);
  EXPECT_EQ(queue.Next({}), kOne);
  queue.Done(kOne);
  clock.Advance(10s);
  queue.Add(kTwo);
  EXPECT_EQ(queue.Next({}), kTwo);
  queue.Done(kTwo);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(WorkQueue, WakesWhoWaitsForAnIdThatIsDelayedLater) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  std::optional<jobs::JobId> got;
  std::jthread waiter([&] { got = queue.Next({}); });
  queue.AddAfter(kOne, 10s);
  clock.Advance(10s);
  waiter.join();
  EXPECT_EQ(got, kOne);
}

TEST(WorkQueue, FreesTheLaneThatAnIdWasTakenFrom) {
  base::ManualClock clock;
  WorkQueue queue(clock, {.threads = 2, .several_stores = true});
  const objects::FakeObjectStore store;
  queue.Add(kOne);
  EXPECT_EQ(queue.Next({}), kOne);
  queue.Add(kOne, {&store});  // its stores are learned while it is worked on
  queue.Done(kOne);
  EXPECT_EQ(queue.Next({}), kOne);
  queue.Done(kOne);
  queue.Add(kTwo);
  EXPECT_EQ(queue.Next({}), kTwo);
}

TEST(WorkQueue, EndsWhenStopped) {
  base::ManualClock clock;
  WorkQueue queue(clock);
  queue.Add(kOne);
  EXPECT_EQ(queue.Next(Stopped()), std::nullopt);
}

}  // namespace
}  // namespace vexaa::controller

#include "controller/claim_room.h"

#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using store::Queue;
using store::QueueState;

const base::Time kNow{std::chrono::hours(500'000)};

Queue Active(int max_running, int live) {
  return {.name = "default",
          .max_running = max_running,
          .max_pending = 20,
          .live = live,
          .as_of = kNow};
}

TEST(ClaimRoom, IsWhatTheLimitLeavesInBatches) {
  EXPECT_EQ(ClaimRoom(Active(10, 0)), 10);
  EXPECT_EQ(ClaimRoom(Active(10, 7)), 3);
  EXPECT_EQ(ClaimRoom(Active(10, 12)), 0);
  EXPECT_EQ(ClaimRoom(Active(1000, 0)), kClaimBatch);
  EXPECT_EQ(ClaimRoom(Active(0, 5000)), kClaimBatch);
}

TEST(ClaimRoom, IsNoneInAQueueThatIsNotActive) {
  Queue queue = Active(10, 0);
  queue.state = QueueState::kPaused;
  EXPECT_EQ(ClaimRoom(queue), 0);
  queue.state = QueueState::kDraining;
  EXPECT_EQ(ClaimRoom(queue), 0);
}

TEST(ClaimRoom, GoesOnAsLongAsTheInstallationFailsNowAndThen) {
  Queue queue = Active(10, 0);
  queue.trouble = {.failures = 4, .last_at = kNow};
  EXPECT_EQ(ClaimRoom(queue), 10);
}

TEST(ClaimRoom, ProbesAStoppedQueueWithOneJobAtATimeHoweverManyFailed) {
  Queue queue = Active(10, 0);
  queue.trouble = {.failures = 5, .last_at = kNow - 29s, .stopped = true};
  EXPECT_EQ(ClaimRoom(queue), 0);
  queue.trouble->last_at = kNow - 30s;
  EXPECT_EQ(ClaimRoom(queue), 1);
  queue.live = 1;
  EXPECT_EQ(ClaimRoom(queue), 0);
  queue.live = 0;
  queue.trouble->failures = 1000;
  EXPECT_EQ(ClaimRoom(queue), 1);
}

TEST(ClaimRoom, ProbesAStoppedQueueBesideJobsThatOnlyWaitForStorage) {
  Queue queue = Active(10, 2);
  queue.trouble = {.failures = 5, .last_at = kNow - 30s, .stopped = true};
  queue.publishing = 2;
  EXPECT_EQ(ClaimRoom(queue), 1);
  queue.live = 3;
  EXPECT_EQ(ClaimRoom(queue), 0);
}

TEST(ClaimLimit, IsSmallWhereThreadsMayBeIdleAndNoneWhereABatchWaits) {
  EXPECT_EQ(ClaimLimit(0), 16);
  EXPECT_EQ(ClaimLimit(1), kClaimBatch);
  EXPECT_EQ(ClaimLimit(kClaimBatch - 1), kClaimBatch);
  EXPECT_EQ(ClaimLimit(kClaimBatch), 0);
  EXPECT_EQ(ClaimLimit(5000), 0);
}

TEST(PendingRoom, CountsTheRowsInWorkThatHaveNoNode) {
  Queue queue = Active(1000, 50);
  queue.publishing = 10;
  EXPECT_EQ(PendingRoom(queue, 40), 20);
  EXPECT_EQ(PendingRoom(queue, 45), 20);  // the view is ahead of the rows
  EXPECT_EQ(PendingRoom(queue, 25), 5);
  EXPECT_EQ(PendingRoom(queue, 0), 0);
  queue.max_pending = 0;
  EXPECT_EQ(PendingRoom(queue, 0), kClaimBatch);
}

}  // namespace
}  // namespace vexaa::controller

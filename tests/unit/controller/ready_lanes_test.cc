#include "controller/ready_lanes.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/fakes/fake_object_store.h"

namespace vexaa::controller {
namespace {

TEST(MayStart, LimitsNobodyWithoutRules) {
  EXPECT_TRUE(MayStart({.under_way = 100, .silent = true}, {}));
}

TEST(MayStart, LetsAnOnlyStoreHaveAllThreads) {
  EXPECT_TRUE(MayStart({.under_way = 7}, {.threads = 8}));
}

TEST(MayStart, LeavesAQuarterOfTheThreadsToOtherStores) {
  const LaneRules rules{.threads = 8, .several_stores = true};
  EXPECT_TRUE(MayStart({.under_way = 5}, rules));
  EXPECT_FALSE(MayStart({.under_way = 6}, rules));
}

TEST(MayStart, LeavesOneThreadOfTwoAndNoneOfOne) {
  EXPECT_FALSE(
      MayStart({.under_way = 1}, {.threads = 2, .several_stores = true}));
  EXPECT_TRUE(MayStart({}, {.threads = 1, .several_stores = true}));
}

TEST(MayStart, GivesASilentStoreOneThread) {
  for (bool several : {false, true}) {
    const LaneRules rules{.threads = 8, .several_stores = several};
    EXPECT_TRUE(MayStart({.under_way = 0, .silent = true}, rules));
    EXPECT_FALSE(MayStart({.under_way = 1, .silent = true}, rules));
  }
}

class ReadyLanesTest : public testing::Test {
 protected:
  void Push(uint64_t id, Stores stores) {
    lanes_.SetStores(jobs::JobId(id), std::move(stores));
    lanes_.Push(jobs::JobId(id));
  }
  std::vector<uint64_t> PopAll() {
    std::vector<uint64_t> ids;
    while (auto id = lanes_.Pop()) ids.push_back(id->value());
    return ids;
  }

  objects::FakeObjectStore one_, two_;
  ReadyLanes lanes_{{.threads = 4, .several_stores = true}};
};

TEST_F(ReadyLanesTest, TakeTurns) {
  for (uint64_t id : {1, 2, 3}) Push(id, {&one_});
  for (uint64_t id : {4, 5}) Push(id, {&two_});
  auto ids = PopAll();
  std::vector<uint64_t> of_one, of_two;
  for (size_t i = 0; i < 4; ++i)
    (ids.at(i) < 4 ? of_one : of_two).push_back(ids[i]);
  EXPECT_EQ(of_one, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(of_two, (std::vector<uint64_t>{4, 5}));
}

TEST_F(ReadyLanesTest, HoldBackWhatIsTooMuchOfOneStore) {
  for (uint64_t id : {1, 2, 3, 4}) Push(id, {&one_});
  EXPECT_EQ(PopAll(), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_FALSE(lanes_.CanPop());
  EXPECT_EQ(lanes_.size(), 1u);
  lanes_.Leave(jobs::JobId(1));
  EXPECT_EQ(PopAll(), (std::vector<uint64_t>{4}));
}

TEST_F(ReadyLanesTest, TryASilentStoreWithOneUntilItAnswers) {
  for (uint64_t id : {1, 2, 3, 4}) Push(id, {&one_});
  ASSERT_EQ(lanes_.Pop(), jobs::JobId(1));
  lanes_.NoteAnswer(jobs::JobId(1), false);
  lanes_.Leave(jobs::JobId(1));
  EXPECT_EQ(PopAll(), (std::vector<uint64_t>{2}));
  lanes_.NoteAnswer(jobs::JobId(2), true);
  lanes_.Leave(jobs::JobId(2));
  EXPECT_EQ(PopAll(), (std::vector<uint64_t>{3, 4}));
}

TEST_F(ReadyLanesTest, KeepAJobOfTwoStoresFromHoldingUpThoseOfOne) {
  Push(1, {&one_, &two_});
  Push(2, {&two_});
  Push(3, {&one_, &two_});
  Push(4, {&two_});
  lanes_.NoteAnswer(jobs::JobId(1), false);
  auto ids = PopAll();
  EXPECT_EQ(std::set<uint64_t>(ids.begin(), ids.end()),
            (std::set<uint64_t>{1, 2, 4}));
}

TEST_F(ReadyLanesTest, ForgetWhatNoLongerCounts) {
  Push(1, {&one_});
  ASSERT_TRUE(lanes_.Pop());
  lanes_.NoteAnswer(jobs::JobId(1), false);
  lanes_.Leave(jobs::JobId(1));
  lanes_.Forget(jobs::JobId(1));
  Push(1, {&two_});
  Push(2, {&two_});
  EXPECT_EQ(PopAll(), (std::vector<uint64_t>{1, 2}));
}

}  // namespace
}  // namespace vexaa::controller

#include "lib/base/bounded_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace vexaa::base {
namespace {

TEST(BoundedQueue, GivesItemsInTheirOrder) {
  BoundedQueue<int> queue(3);
  for (int i : {1, 2, 3}) EXPECT_TRUE(queue.Push(i));
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 2);
  EXPECT_EQ(queue.Pop(), 3);
}

TEST(BoundedQueue, TakesItemsThatCanOnlyBeMoved) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.Push(std::make_unique<int>(5)));
  EXPECT_EQ(**queue.Pop(), 5);
}

TEST(BoundedQueue, LetsAPushWaitForRoom) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.Push(1));
  auto second = std::async(std::launch::async, [&] { return queue.Push(2); });
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_TRUE(second.get());
  EXPECT_EQ(queue.Pop(), 2);
}

TEST(BoundedQueue, LetsAPopWaitForAnItem) {
  BoundedQueue<int> queue(1);
  auto first = std::async(std::launch::async, [&] { return queue.Pop(); });
  EXPECT_TRUE(queue.Push(7));
  EXPECT_EQ(first.get(), 7);
}

TEST(BoundedQueue, IsDrainedAfterItsClose) {
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.Push(1));
  queue.Close();
  EXPECT_FALSE(queue.Push(2));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

// Neither side's pace matters: both wait for whole batches now and then.
TEST(BoundedQueue, PassesEverythingOnInBatches) {
  constexpr int kItems = 10'003;
  BoundedQueue<int> queue(8, 4);
  auto taken = std::async(std::launch::async, [&] {
    std::vector<int> items;
    while (auto item = queue.Pop()) items.push_back(*item);
    return items;
  });
  std::vector<int> given;
  for (int i = 0; i < kItems; ++i) {
    ASSERT_TRUE(queue.Push(i));
    given.push_back(i);
  }
  queue.Close();
  EXPECT_EQ(taken.get(), given);
}

TEST(BoundedQueue, WakesWaitersAtItsClose) {
  BoundedQueue<int> full(1);
  ASSERT_TRUE(full.Push(1));
  BoundedQueue<int> empty(1);
  auto push = std::async(std::launch::async, [&] { return full.Push(2); });
  auto pop = std::async(std::launch::async, [&] { return empty.Pop(); });
  full.Close();
  empty.Close();
  EXPECT_FALSE(push.get());
  EXPECT_EQ(pop.get(), std::nullopt);
}

TEST(BoundedQueue, WakesWaitersAtAStop) {
  BoundedQueue<int> full(1);
  ASSERT_TRUE(full.Push(1));
  BoundedQueue<int> empty(1);
  std::stop_source stop;
  auto push = std::async(std::launch::async,
                         [&] { return full.Push(2, stop.get_token()); });
  auto pop = std::async(std::launch::async,
                        [&] { return empty.Pop(stop.get_token()); });
  stop.request_stop();
  EXPECT_FALSE(push.get());
  EXPECT_EQ(pop.get(), std::nullopt);
}

TEST(BoundedQueue, EndsAtAStopThoughThereAreRoomAndItems) {
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.Push(1));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(queue.Push(2, stop.get_token()));
  EXPECT_EQ(queue.Pop(stop.get_token()), std::nullopt);
  EXPECT_EQ(queue.Pop(), 1);
}

TEST(BoundedQueue, LosesAndDoublesNothingBetweenManyThreads) {
  BoundedQueue<int> queue(4);
  constexpr int kEach = 500;
  std::vector<std::future<std::vector<int>>> takers;
  for (int i = 0; i < 3; ++i)
    takers.push_back(std::async(std::launch::async, [&] {
      std::vector<int> taken;
      while (auto item = queue.Pop()) taken.push_back(*item);
      return taken;
    }));
  {
    std::vector<std::jthread> givers;
    for (int g = 0; g < 3; ++g)
      givers.emplace_back([&, g] {
        for (int i = 0; i < kEach; ++i) queue.Push(g * kEach + i);
      });
  }
  queue.Close();
  std::multiset<int> all;
  for (auto& taker : takers) {
    std::vector<int> taken = taker.get();
    all.insert(taken.begin(), taken.end());
  }
  EXPECT_EQ(all.size(), 3u * kEach);
  EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 3u * kEach);
}

}  // namespace
}  // namespace vexaa::base

#include "lib/objects/refreshing_credentials.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <semaphore>
#include <thread>

#include "tests/unit/lib/objects/manual_clock.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Answers in turn; nothing left is an outage.
class ScriptedFetcher final : public CredentialFetcher {
 public:
  explicit ScriptedFetcher(std::deque<Result<TemporaryCredentials>>& answers)
      : answers_(answers) {}
  Result<TemporaryCredentials> Fetch(std::stop_token) override {
    if (answers_.empty()) return Status(Code::kUnavailable, "out of order");
    Result<TemporaryCredentials> answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

 private:
  std::deque<Result<TemporaryCredentials>>& answers_;
};

class RefreshingCredentialsTest : public ::testing::Test {
 protected:
  void Answer(const std::string& key, base::Duration lasts) {
    answers_.push_back(
        TemporaryCredentials{{key, "s", "t"}, clock_.Now() + lasts});
  }
  std::string Key() {
    auto keys = source_.Current({});
    return keys.ok() ? keys->access_key : keys.status().message();
  }

  ManualClock clock_;
  std::deque<Result<TemporaryCredentials>> answers_;
  RefreshingCredentials source_{std::make_unique<ScriptedFetcher>(answers_),
                                clock_};
};

TEST_F(RefreshingCredentialsTest, AsksOnceAndKeepsTheAnswer) {
  Answer("one", hours(1));
  EXPECT_EQ(Key(), "one");
  clock_.Advance(minutes(44));
  EXPECT_EQ(Key(), "one");
}

TEST_F(RefreshingCredentialsTest, AsksAgainTenToFifteenMinutesBeforeTheEnd) {
  Answer("one", hours(1));
  EXPECT_EQ(Key(), "one");
  clock_.Advance(minutes(50) + seconds(1));
  Answer("two", hours(1));
  EXPECT_EQ(Key(), "two");
}

TEST_F(RefreshingCredentialsTest, UsesKeysOfAShortLifeForHalfOfIt) {
  Answer("one", minutes(4));
  EXPECT_EQ(Key(), "one");
  clock_.Advance(minutes(2) - seconds(1));
  EXPECT_EQ(Key(), "one");
  clock_.Advance(seconds(2));
  Answer("two", hours(1));
  EXPECT_EQ(Key(), "two");
}

TEST_F(RefreshingCredentialsTest, GoesOnWithOldKeysWhileTheSourceIsOut) {
  Answer("one", hours(1));
  EXPECT_EQ(Key(), "one");
  clock_.Advance(minutes(55));
  EXPECT_EQ(Key(), "one");
  Answer("two", hours(1));
  EXPECT_EQ(Key(), "one") << "it was asked a moment ago";
  clock_.Advance(seconds(91));
  EXPECT_EQ(Key(), "two");
}

TEST_F(RefreshingCredentialsTest, SaysWhyWhenTheOldKeysHaveEnded) {
  Answer("one", hours(1));
  EXPECT_EQ(Key(), "one");
  clock_.Advance(minutes(59) + seconds(1));
  EXPECT_EQ(Key(), "out of order");
}

TEST_F(RefreshingCredentialsTest, RefusesKeysThatHaveEndedAlready) {
  Answer("one", -hours(1));
  EXPECT_NE(Key().find("clock"), std::string::npos);
}

TEST_F(RefreshingCredentialsTest, FetchesOthersWhenRefusedButNotAllTheTime) {
  Answer("one", hours(1));
  Credentials refused = *source_.Current({});
  Answer("two", hours(1));
  EXPECT_TRUE(source_.Renew(refused, {}));
  EXPECT_EQ(Key(), "two");
  EXPECT_TRUE(source_.Renew(refused, {})) << "another thread's old refusal";
  Credentials again = *source_.Current({});
  EXPECT_FALSE(source_.Renew(again, {})) << "five seconds are not over";
  clock_.Advance(seconds(5));
  Answer("three", hours(1));
  EXPECT_TRUE(source_.Renew(again, {}));
}

// Blocks in Fetch until it is told to go on.
class SlowFetcher final : public CredentialFetcher {
 public:
  Result<TemporaryCredentials> Fetch(std::stop_token) override {
    ++fetches;
    begun.release();
    go_on.acquire();
    return TemporaryCredentials{{"key", "s", "t"}, {}};
  }
  std::atomic<int> fetches = 0;
  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> go_on{0};
};

TEST(RefreshingCredentials, AskOnceForManyThreads) {
  ManualClock clock;
  auto owned = std::make_unique<SlowFetcher>();
  SlowFetcher& fetcher = *owned;
  RefreshingCredentials source(std::move(owned), clock);
  std::atomic<int> served = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        auto keys = source.Current({});
        if (keys.ok() && keys->access_key == "key") ++served;
      });
    fetcher.begun.acquire();
    fetcher.go_on.release();
  }
  EXPECT_EQ(served, 8);
  EXPECT_EQ(fetcher.fetches, 1);
}

TEST(RefreshingCredentials, LetAWaitingThreadStop) {
  ManualClock clock;
  auto owned = std::make_unique<SlowFetcher>();
  SlowFetcher& fetcher = *owned;
  RefreshingCredentials source(std::move(owned), clock);
  std::jthread first([&] { (void)source.Current({}).ok(); });
  fetcher.begun.acquire();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(source.Current(stop.get_token()).status().code(), Code::kCancelled);
  fetcher.go_on.release();
}

}  // namespace
}  // namespace vexaa::objects

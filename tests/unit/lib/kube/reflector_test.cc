#include "lib/kube/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <optional>
#include <sstream>
#include <thread>

#include "lib/kube/pod_list_watch.h"
#include "tests/fakes/fake_pod_client.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;
using testing::HasSubstr;

// The silence limit, and more than the first pauses of a backoff.
constexpr std::chrono::seconds kSilence{150};
constexpr std::chrono::seconds kBackoff{5};

std::string Manifest(const std::string& name) {
  return R"({"metadata":{"name":")" + name + R"(","labels":{"x":"y"}}})";
}

// Pods whose list can be seen on its way: after the server has answered, before
// the answer is the view.
class SeenPods final : public ListWatch {
 public:
  SeenPods(PodClient& client, PodCache& cache) : pods_(client, cache, "x=y") {}

  std::string_view kind() const override { return pods_.kind(); }
  base::Result<Listed> List(std::stop_token stop) override {
    auto listed = pods_.List(stop);
    on_list();
    return listed;
  }
  Status Watch(const std::string& version, std::chrono::seconds timeout,
               const OnEvent& on_event, std::stop_token stop) override {
    return pods_.Watch(version, timeout, on_event, stop);
  }

  std::function<void()> on_list = [] {};

 private:
  PodListWatch pods_;
};

class ReflectorTest : public testing::Test {
 protected:
  ~ReflectorTest() override { Stop(); }

  void Start() {
    thread_ =
        std::jthread([this](std::stop_token stop) { reflector_.Run(stop); });
  }
  void Stop() { thread_ = std::jthread(); }

  void Create(const std::string& name) {
    ASSERT_TRUE(client_.Create(Manifest(name), {}).ok());
  }
  void WaitForWatch(int call) { client_.WaitForCalls("watch", call, {}); }

  // So many watches of a minute follow each other, ended by the server.
  void PassMinutes(int count) {
    for (int i = 0; i < count; ++i) {
      const int watches = client_.CallCount("watch");
      clock_.Advance(std::chrono::minutes(1));
      client_.EndWatches(Status::Ok());
      WaitForWatch(watches + 1);
      EXPECT_TRUE(reflector_.Health().ok()) << reflector_.Health();
    }
  }

  // Until the cache shows `name` as gone, or as live.
  CachedPod Await(const std::string& name, bool gone) {
    std::unique_lock lock(mutex_);
    std::optional<CachedPod> cached;
    changed_.wait(lock, [&] {
      cached = cache_.Find(name);
      return cached && cached->gone == gone;
    });
    return *cached;
  }

  std::ostringstream log_text_;
  base::ManualClock clock_;
  base::Logger log_{log_text_, base::LogFormat::kText, base::LogLevel::kDebug,
                    clock_};
  FakePodClient client_{clock_};
  std::mutex mutex_;
  std::condition_variable changed_;
  int told_gone_ = 0;  // guarded by mutex_
  PodCache cache_{clock_, [this](const CachedPod& pod) {
                    const std::lock_guard lock(mutex_);
                    told_gone_ += pod.gone ? 1 : 0;
                    changed_.notify_all();
                  }};
  SeenPods pods_{client_, cache_};
  Reflector reflector_{pods_, clock_, log_};
  std::jthread thread_;
};

TEST_F(ReflectorTest, ListsAndThenFollows) {
  Create("a");
  Start();
  WaitForWatch(1);
  EXPECT_TRUE(reflector_.synced());
  EXPECT_TRUE(reflector_.Health().ok());
  EXPECT_FALSE(Await("a", false).gone);
  Create("b");
  Await("b", false);
  client_.Remove("a");
  Await("a", true);
  EXPECT_EQ(client_.CallCount("list"), 1);
}

TEST_F(ReflectorTest, IsNotHealthyBeforeTheFirstListAndSaysWhy) {
  EXPECT_THAT(reflector_.Health().message(), HasSubstr("not listed yet"));
  client_.FailNext("list",
                   Status(Code::kPermissionDenied, "pods is forbidden"));
  Start();
  clock_.WaitForSleeper(kBackoff);
  EXPECT_FALSE(reflector_.synced());
  EXPECT_THAT(reflector_.Health().message(), HasSubstr("pods is forbidden"));
  clock_.Advance(std::chrono::seconds(2));
  WaitForWatch(1);
  EXPECT_TRUE(reflector_.Health().ok());
}

TEST_F(ReflectorTest, WaitsAsLongAsTheServerAsks) {
  client_.FailNext("list", Status(Code::kUnavailable, "busy", "RetryAfter=20"));
  Start();
  clock_.WaitForSleeper(std::chrono::seconds(20));
  clock_.Advance(std::chrono::seconds(19));
  EXPECT_EQ(client_.CallCount("list"), 1);
  clock_.Advance(std::chrono::seconds(1));
  WaitForWatch(1);
}

TEST_F(ReflectorTest, ListsAgainWhenItsVersionExpiredAndFindsWhatIsGone) {
  Create("a");
  Create("b");
  Start();
  client_.WaitForWatches(1, {});
  client_.FailNext("list", Status(Code::kUnavailable, "down"));
  client_.ForgetHistory();
  clock_.WaitForSleeper(kBackoff);  // the first list after it failed
  client_.Remove("a");
  clock_.Advance(std::chrono::minutes(1));
  Await("a", true);
  EXPECT_FALSE(Await("b", false).gone);
  EXPECT_EQ(client_.CallCount("list"), 3);
}

TEST_F(ReflectorTest, ResumesWithoutAListAfterACut) {
  Create("a");
  Start();
  client_.WaitForWatches(1, {});
  client_.EndWatches(Status(Code::kUnavailable, "cut", "RECV_ERROR"));
  clock_.WaitForSleeper(kBackoff);
  Create("b");  // while nobody watches
  clock_.Advance(std::chrono::seconds(2));
  Await("b", false);
  EXPECT_EQ(client_.CallCount("list"), 1);
  EXPECT_EQ(client_.CallCount("watch"), 2);
}

TEST_F(ReflectorTest, ResumesAtOnceWhenTheServerEndsALongWatch) {
  Start();
  client_.WaitForWatches(1, {});
  clock_.Advance(std::chrono::seconds(60));
  client_.EndWatches(Status::Ok());
  WaitForWatch(2);
  EXPECT_EQ(client_.CallCount("list"), 1);
}

TEST_F(ReflectorTest, IsNotTrustedWhileItMayNotLookAndSaysSoAtOnce) {
  Create("a");
  Start();
  client_.WaitForWatches(1, {});
  const Status refused(Code::kPermissionDenied, "pods is forbidden");
  client_.FailNext("list", refused);
  client_.EndWatches(refused);
  clock_.WaitForSleeper(kBackoff);
  EXPECT_FALSE(reflector_.Health().ok());
  EXPECT_THAT(reflector_.Health().message(), HasSubstr("pods is forbidden"));
  EXPECT_TRUE(reflector_.synced());
  clock_.Advance(std::chrono::seconds(2));
  client_.WaitForCalls("list", 2, {});
  clock_.WaitForSleeper(kBackoff);
  EXPECT_FALSE(reflector_.Health().ok());
  clock_.Advance(std::chrono::seconds(5));
  WaitForWatch(2);
  EXPECT_TRUE(reflector_.Health().ok());
}

TEST_F(ReflectorTest, IsOldWhereItMayNotLookForLong) {
  Start();
  client_.WaitForWatches(1, {});
  const Status refused(Code::kPermissionDenied, "pods is forbidden");
  for (int i = 0; i < 20; ++i) client_.FailNext("list", refused);
  client_.EndWatches(refused);
  clock_.WaitForSleeper(kBackoff);
  EXPECT_EQ(reflector_.Health().code(), Code::kPermissionDenied);
  clock_.Advance(kSilence + std::chrono::seconds(1));
  EXPECT_EQ(reflector_.Health().code(), Code::kUnavailable);
  EXPECT_THAT(reflector_.Health().message(), HasSubstr("pods is forbidden"));
}

TEST_F(ReflectorTest, DoesNotSpinOnVeryShortWatches) {
  Start();
  client_.WaitForWatches(1, {});
  client_.EndWatches(Status::Ok());
  clock_.WaitForSleeper(kBackoff);
  EXPECT_EQ(client_.CallCount("watch"), 1);
  clock_.Advance(std::chrono::seconds(2));
  WaitForWatch(2);
}

TEST_F(ReflectorTest, OpensASilentWatchAnew) {
  Start();
  client_.WaitForWatches(1, {});
  clock_.WaitForSleeper(kSilence);
  clock_.Advance(std::chrono::seconds(149));
  EXPECT_TRUE(reflector_.Health().ok());
  EXPECT_EQ(client_.CallCount("watch"), 1);
  clock_.Advance(std::chrono::seconds(2));
  WaitForWatch(2);
  EXPECT_FALSE(reflector_.Health().ok());
  client_.WaitForWatches(1, {});
  client_.SendBookmark();
  Create("a");
  Await("a", false);
  EXPECT_TRUE(reflector_.Health().ok());
}

TEST_F(ReflectorTest, LivesOnBookmarksAlone) {
  Start();
  client_.WaitForWatches(1, {});
  for (int i = 0; i < 4; ++i) {
    clock_.WaitForSleeper(kSilence);
    clock_.Advance(std::chrono::seconds(100));
    const int bookmark = i;
    client_.SendBookmark();
    Create("p" + std::to_string(bookmark));
    Await("p" + std::to_string(bookmark), false);
  }
  EXPECT_EQ(client_.CallCount("watch"), 1);
  EXPECT_TRUE(reflector_.Health().ok());
}

// Of a list every ten minutes, moved by a tenth: none within eight, one within
// eleven.
TEST_F(ReflectorTest, ListsAgainAfterTenMinutesAndFindsWhatItMissed) {
  Create("a");
  Create("b");
  Start();
  client_.WaitForWatches(1, {});
  ASSERT_TRUE(client_.RemoveUnseen("a"));
  client_.SendBookmark();  // watches may be long from now on
  Create("c");
  Await("c", false);
  PassMinutes(8);
  EXPECT_EQ(client_.CallCount("list"), 1);
  EXPECT_FALSE(cache_.Find("a")->gone);
  EXPECT_LE(client_.watch_timeout(), std::chrono::minutes(3)) << "no longer";
  PassMinutes(3);
  EXPECT_EQ(client_.CallCount("list"), 2);
  EXPECT_TRUE(Await("a", true).gone);
  EXPECT_FALSE(cache_.Find("b")->gone);
  PassMinutes(6);
  EXPECT_EQ(client_.CallCount("list"), 2);
}

TEST_F(ReflectorTest, IsTrustedWhileItListsAgainAndLosesNoNewPod) {
  Create("a");
  Start();
  client_.WaitForWatches(1, {});
  int seen = 0;
  pods_.on_list = [&] {
    ++seen;
    EXPECT_TRUE(reflector_.synced());
    EXPECT_TRUE(reflector_.Health().ok());
    Create("new");  // the list that is about to be the view has it not
  };
  PassMinutes(11);
  EXPECT_EQ(seen, 1);
  EXPECT_FALSE(Await("new", false).gone);
  EXPECT_EQ(told_gone_, 0);
}

TEST_F(ReflectorTest, WatchesOnWhereItCannotListAgain) {
  Start();
  client_.WaitForWatches(1, {});
  for (int i = 0; i < 3; ++i)
    client_.FailNext("list", Status(Code::kUnavailable, "busy"));
  PassMinutes(11);
  EXPECT_GE(client_.CallCount("list"), 2);
  Create("a");
  Await("a", false);
  PassMinutes(6);
  EXPECT_EQ(client_.CallCount("list"), 5) << "the last one was answered";
}

TEST_F(ReflectorTest, StopsWhileItWatchesAndWhileItWaits) {
  Start();
  client_.WaitForWatches(1, {});
  Stop();
  client_.FailNext("list", Status(Code::kUnavailable, "down"));
  Start();
  clock_.WaitForSleeper(kBackoff);
  Stop();
}

}  // namespace
}  // namespace vexaa::kube

// An API server that answers 429 with Retry-After to a LIST, a WATCH or the
// creation of a pod: it is left in peace as long as it asks, and nothing of the
// waiting is held against a job. From HTTP to the rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "controller/kube_pod_runtime.h"
#include "lib/kube/rest_pod_client.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using ::testing::HasSubstr;

enum class Verb { kList, kWatch, kCreate };

// An API server without pods, whose watches last until they are stopped.
class BusyServer final : public http::HttpTransport {
 public:
  // The next such request is refused for so long.
  void RefuseNext(Verb verb, base::Duration retry_after) {
    const std::lock_guard lock(mutex_);
    refusals_[verb] = std::chrono::ceil<std::chrono::seconds>(retry_after);
  }
  int count(Verb verb) {
    const std::lock_guard lock(mutex_);
    return counts_[verb];
  }
  void Await(Verb verb, int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return counts_[verb] >= count; });
  }

  base::Result<http::Response> Send(const http::Request& request,
                                    std::stop_token stop,
                                    const http::OnBody&) override {
    const Verb verb = VerbOf(request);
    std::unique_lock lock(mutex_);
    ++counts_[verb];
    changed_.notify_all();
    if (auto refusal = refusals_.extract(verb)) return Busy(refusal.mapped());
    if (verb == Verb::kList)
      return http::Response{
          200, {}, R"({"metadata":{"resourceVersion":"5"},"items":[]})"};
    if (verb == Verb::kCreate)
      return http::Response{201, {}, R"({"metadata":{"name":"p","uid":"u"}})"};
    changed_.wait(lock, stop, [] { return false; });
    return base::Status(base::Code::kCancelled, "stopped");
  }
  base::Result<std::unique_ptr<http::BodyStream>> Open(
      const http::Request&, std::stop_token) override {
    return base::Status(base::Code::kInternal, "nobody asks for this");
  }

 private:
  static Verb VerbOf(const http::Request& request) {
    if (request.method == "POST") return Verb::kCreate;
    return request.url.find("watch=1") == std::string::npos ? Verb::kList
                                                            : Verb::kWatch;
  }
  static http::Response Busy(std::chrono::seconds retry_after) {
    return {429,
            {{"retry-after", std::to_string(retry_after.count())}},
            R"({"kind":"Status","code":429,"reason":"TooManyRequests",)"
            R"("message":"too many requests, please try again later"})"};
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<Verb, int> counts_;                     // guarded by mutex_
  std::map<Verb, std::chrono::seconds> refusals_;  // guarded by mutex_
};

class TooManyRequests : public testing::Test {
 protected:
  ~TooManyRequests() override { thread_ = {}; }

  void Start() {
    thread_ = std::jthread(
        [this](std::stop_token stop) { pods_.Run([](auto&) {}, stop); });
  }
  void StartWatching() {
    Start();
    server_.Await(Verb::kWatch, 1);
  }
  void Submit(int count) {
    for (int i = 0; i < count; ++i)
      world_.Submit("", "s3://videos/" + std::to_string(++submitted_) + ".mp3");
  }
  void Work() {
    EXPECT_TRUE(claimer_.ClaimOnce().ok());
    me_.SettleAll();
  }
  jobs::Job Row(int id) {
    return world_.Row(jobs::JobId(static_cast<uint64_t>(id)));
  }

  World world_;
  BusyServer server_;
  kube::ApiClient api_{{.server = "https://api:6443", .name_space = "media"},
                       server_,
                       world_.clock};
  kube::RestPodClient client_{api_};
  std::ostringstream lines_;
  base::Logger log_{lines_, base::LogFormat::kText, base::LogLevel::kError,
                    world_.clock};
  KubePodRuntime pods_{client_,
                       world_.clock,
                       log_,
                       {.name_space = "media", .image = "vexaa/runner:dev"},
                       {.installation = *world_.store.InstallationId(),
                        .instance = "rel",
                        .owner = std::nullopt}};
  OneController me_{world_, pods_};
  Claimer claimer_{me_.PartsOfClaimer()};
  int submitted_ = 0;
  std::jthread thread_;
};

TEST_F(TooManyRequests, ListsAgainWhenTheServerAskedFor) {
  server_.RefuseNext(Verb::kList, 20s);
  Start();
  world_.clock.WaitForSleeper(20s);
  EXPECT_FALSE(pods_.Health().ok());
  world_.clock.Advance(19s);
  EXPECT_EQ(server_.count(Verb::kList), 1);
  world_.clock.Advance(1s);
  server_.Await(Verb::kWatch, 1);
  EXPECT_EQ(server_.count(Verb::kList), 2);
  EXPECT_TRUE(pods_.Health().ok());
}

TEST_F(TooManyRequests, WatchesAgainWhenTheServerAskedForAndListsNothing) {
  server_.RefuseNext(Verb::kWatch, 20s);
  Start();
  world_.clock.WaitForSleeper(20s);
  world_.clock.Advance(19s);
  EXPECT_EQ(server_.count(Verb::kWatch), 1);
  EXPECT_TRUE(pods_.Health().ok());
  world_.clock.Advance(1s);
  server_.Await(Verb::kWatch, 2);
  EXPECT_EQ(server_.count(Verb::kList), 1);
}

TEST_F(TooManyRequests, HoldBackEveryPodAsLongAsTheServerAskedFor) {
  StartWatching();
  Submit(3);
  ASSERT_EQ(me_.Claim(), 3);
  server_.RefuseNext(Verb::kCreate, 40s);
  me_.SettleAll();
  EXPECT_EQ(server_.count(Verb::kCreate), 1);
  EXPECT_THAT(Row(1).message, HasSubstr("please try again later"));
  Submit(2);
  world_.clock.Advance(39s);
  Work();
  EXPECT_EQ(server_.count(Verb::kCreate), 1);
  EXPECT_EQ(Row(4).state, JobState::kQueued);
  world_.clock.Advance(1s);
  Work();
  Work();
  EXPECT_EQ(server_.count(Verb::kCreate), 1 + 5);
  for (int id = 1; id <= 5; ++id) {
    EXPECT_EQ(Row(id).state, JobState::kClaimed) << id;
    EXPECT_EQ(Row(id).attempt, 1) << id;
    EXPECT_EQ(Row(id).failures, 0) << id;
    EXPECT_EQ(Row(id).disruptions, 0) << id;
  }
}

}  // namespace
}  // namespace vexaa::controller

// A controller whose view of the pods is old: it is not ready, begins nothing,
// and ends nothing for what it cannot see; then it goes on as if nothing was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "controller/kube_pod_runtime.h"
#include "lib/metrics/admin_router.h"
#include "tests/fakes/fake_pod_client.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using ::testing::HasSubstr;

constexpr char kPod[] = "vexaa-job-1-1";

class OldView : public testing::Test {
 protected:
  jobs::Job Row(uint64_t id = 1) { return world_.Row(jobs::JobId(id)); }
  void ExpectNothingBurnt() {
    EXPECT_EQ(Row().attempt, 1);
    EXPECT_EQ(Row().failures, 0);
    EXPECT_EQ(Row().disruptions, 0);
    EXPECT_FALSE(world_.store.ReadQueues({"default"})->at(0).trouble);
  }
  // As a node reports it.
  void ChangePod(const std::function<void(kube::Pod&)>& change) {
    kube::Pod pod = *world_.pods.Find(kPod);
    change(pod);
    world_.pods.Put(pod);
  }

  World world_;
  OneController me_{world_};
};

TEST_F(OldView, ClaimsNothing) {
  world_.Submit();
  world_.pods.SetStale(true);
  Claimer claimer(me_.PartsOfClaimer());
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Row().state, JobState::kQueued);
  world_.pods.SetStale(false);
  EXPECT_TRUE(claimer.ClaimOnce().ok());
  EXPECT_EQ(Row().state, JobState::kClaimed);
}

TEST_F(OldView, MakesNoPodForARowClaimedBefore) {
  jobs::JobId id = world_.Submit();
  me_.Claim();
  world_.pods.SetStale(true);
  me_.Settle(id);
  EXPECT_EQ(world_.pods.create_count(), 0);
  EXPECT_EQ(Row().state, JobState::kClaimed);
  world_.pods.SetStale(false);
  me_.Settle(id);
  EXPECT_EQ(world_.pods.create_count(), 1);
  ExpectNothingBurnt();
}

// It may have started long since.
TEST_F(OldView, GivesUpNoPodThatWasPendingWhenTheClusterFellSilent) {
  jobs::JobId id = world_.Submit();
  me_.Claim();
  me_.Settle(id);
  ChangePod([](kube::Pod& pod) { pod.node_name = "node1"; });
  world_.pods.SetStale(true);
  world_.clock.Advance(1h);
  me_.Settle(id);
  EXPECT_EQ(Row().state, JobState::kClaimed) << Row().message;
  EXPECT_TRUE(world_.pods.Find(kPod));
  world_.pods.SetStale(false);
  world_.pods.SetRunning(kPod);
  me_.Settle(id);
  EXPECT_EQ(Row().state, JobState::kRunning);
  ExpectNothingBurnt();
}

TEST_F(OldView, CallsNoNodeLostThatMayHaveEndedItsPod) {
  jobs::JobId id = world_.Submit();
  me_.Claim();
  me_.Settle(id);
  world_.pods.SetRunning(kPod);
  me_.Settle(id);
  ChangePod(
      [&](kube::Pod& pod) { pod.deletion_time = world_.clock.Now() + 30s; });
  world_.pods.SetStale(true);
  world_.clock.Advance(1h);
  me_.Settle(id);
  EXPECT_EQ(Row().state, JobState::kRunning) << Row().message;
  world_.pods.SetStale(false);
  world_.FinishPod(Row());
  me_.Settle(id);
  EXPECT_EQ(Row().state, JobState::kSucceeded);
  ExpectNothingBurnt();
}

TEST_F(OldView, CancelsAndPublishesAllTheSame) {
  jobs::JobId published = world_.Submit(),
              cancelled = world_.Submit("", "s3://videos/x.mp3");
  me_.Claim();
  me_.SettleAll();
  world_.FinishPod(Row());
  me_.reconciler.Reconcile(published, {});
  ASSERT_EQ(Row().state, JobState::kPublishing);
  world_.store.SetCancelWanted(cancelled);
  world_.pods.SetStale(true);
  me_.SettleAll();
  EXPECT_EQ(Row(1).state, JobState::kSucceeded) << Row(1).message;
  EXPECT_EQ(Row(2).state, JobState::kCancelled);
}

// The whole way: a real reflector whose watch falls silent.
class SilentWatch : public testing::Test {
 protected:
  ~SilentWatch() override { thread_ = {}; }

  void SetUp() override {
    router_.AddReadyCheck("pods", [this] { return pods_.Health(); });
  }
  void Start() {
    thread_ = std::jthread([this](std::stop_token stop) {
      pods_.Run([this](auto&) { Count(); }, stop);
    });
  }
  void Count() {
    ++seen_;
    seen_.notify_all();
  }
  metrics::AdminResponse Ready() {
    return router_.Answer({.method = "GET", .path = "/readyz"});
  }
  void Work() {
    EXPECT_TRUE(claimer_.ClaimOnce().ok());
    me_.SettleAll();
  }
  // Nothing comes for longer than a watch may be silent.
  void FallSilent() {
    const int watches = cluster_.CallCount("watch");
    world_.clock.WaitForSleeper(150s);
    world_.clock.Advance(151s);
    cluster_.WaitForCalls("watch", watches + 1, {});
    cluster_.WaitForWatches(1, {});
  }
  // A pod is seen: the word that was missing.
  void SayAWord(const std::string& name) {
    ASSERT_TRUE(cluster_
                    .Create(R"({"metadata":{"name":")" + name +
                                R"(","labels":{"vexaa.io/installation":")" +
                                *world_.store.InstallationId() + R"("}}})",
                            {})
                    .ok());
    seen_.wait(0);
  }

  World world_;
  kube::FakePodClient cluster_{world_.clock};
  std::ostringstream lines_;
  base::Logger log_{lines_, base::LogFormat::kText, base::LogLevel::kError,
                    world_.clock};
  KubePodRuntime pods_{cluster_,
                       world_.clock,
                       log_,
                       {.name_space = "media", .image = "vexaa/runner:dev"},
                       {.installation = *world_.store.InstallationId(),
                        .instance = "rel",
                        .owner = std::nullopt}};
  OneController me_{world_, pods_};
  Claimer claimer_{me_.PartsOfClaimer()};
  metrics::Registry registry_;
  metrics::AdminRouter router_{registry_};
  std::atomic<int> seen_ = 0;  // changes in the view
  std::jthread thread_;
};

TEST_F(SilentWatch, MakesItUnreadyAndIdleUntilThereIsWordAgain) {
  EXPECT_EQ(Ready().status, 503);
  EXPECT_THAT(Ready().body, HasSubstr("not listed yet"));
  Start();
  cluster_.WaitForWatches(1, {});
  EXPECT_EQ(Ready().status, 200);
  jobs::JobId before = world_.Submit();
  ASSERT_EQ(me_.Claim(), 1);
  jobs::JobId meanwhile = world_.Submit("", "s3://videos/meanwhile.mp3");
  FallSilent();
  EXPECT_EQ(Ready().status, 503);
  EXPECT_THAT(Ready().body, HasSubstr("no word from the API server"));
  Work();
  EXPECT_EQ(cluster_.CallCount("create"), 0);
  EXPECT_EQ(world_.Row(before).state, JobState::kClaimed);
  EXPECT_EQ(world_.Row(meanwhile).state, JobState::kQueued);
  SayAWord("word");
  EXPECT_EQ(Ready().status, 200);
  Work();
  for (jobs::JobId id : {before, meanwhile}) {
    EXPECT_TRUE(cluster_.Get(PodOf(id), {}).ok());
    EXPECT_EQ(world_.Row(id).attempt, 1);
    EXPECT_EQ(world_.Row(id).failures, 0);
  }
}

}  // namespace
}  // namespace vexaa::controller

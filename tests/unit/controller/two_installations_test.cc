// Two databases whose controllers share a namespace, to the end of their jobs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "controller/kube_pod_runtime.h"
#include "tests/fakes/fake_pod_client.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using jobs::Reason;
using ::testing::HasSubstr;

// A database, its controller and its view of the namespace that is shared.
struct Installation {
  Installation(kube::FakePodClient& cluster, const std::string& uuid)
      : cluster(cluster), uuid(uuid) {
    thread = std::jthread([this](std::stop_token stop) {
      pods.Run([this](auto&) { Count(); }, stop);
    });
  }

  // Until the view shows what is true of those pods.
  template <typename Truth>
  void AwaitPods(Truth&& truth) {
    for (int seen = changes; !truth(); seen = changes) changes.wait(seen);
  }
  bool Shows(const std::string& name, kube::PodPhase phase) const {
    auto pod = pods.Find(name);
    return pod && !pod->gone && pod->phase == phase;
  }
  // The node runs the pod of that attempt to its end.
  void RunPod(jobs::JobId id) {
    const jobs::Job row = world.Row(id);
    const std::string name = jobs::PodNameFor(row.attempt_id());
    const std::string said = jobs::FormatRunOutcome(
        world.StageAt({"videos", row.output_uri.substr(12)}, row));
    ASSERT_TRUE(cluster.Update(name, [&](kube::Pod& pod) {
      pod.phase = kube::PodPhase::kSucceeded;
      pod.node_name = "node1";
      pod.started_at = world.clock.Now();
      pod.termination = kube::Termination{.exit_code = 0, .message = said};
    }));
    AwaitPods([&] { return Shows(name, kube::PodPhase::kSucceeded); });
  }

  void Count() {
    ++changes;
    changes.notify_all();
  }

  kube::FakePodClient& cluster;
  const std::string uuid;
  std::atomic<int> changes = 0;  // in the view
  World world{uuid};
  std::ostringstream lines;
  base::Logger log{lines, base::LogFormat::kText, base::LogLevel::kError,
                   world.clock};
  KubePodRuntime pods{
      cluster,
      world.clock,
      log,
      {.name_space = "media", .image = "vexaa/runner:dev"},
      {.installation = uuid, .instance = "rel", .owner = std::nullopt}};
  OneController controller{world, pods};
  Maintenance maintenance = controller.MakeMaintenance();
  std::jthread thread;
};

class TwoInstallations : public testing::Test {
 protected:
  // Their controllers and cleaners do all they can do now.
  void Work() {
    for (Installation* one : {&first_, &second_}) {
      one->controller.SettleAll();
      EXPECT_TRUE(one->maintenance.CleanPods({}).ok());
    }
  }
  void Pass(base::Duration time) {
    first_.world.clock.Advance(time);
    second_.world.clock.Advance(time);
  }
  std::string UidOf(const std::string& name) {
    auto pod = cluster_.Get(name, {});
    return pod.ok() ? pod->uid : "none";
  }

  base::ManualClock clock_;
  kube::FakePodClient cluster_{clock_};
  Installation first_{cluster_, "00000000-0000-4000-8000-00000000000a"};
  Installation second_{cluster_, "00000000-0000-4000-8000-00000000000b"};
};

TEST_F(TwoInstallations, EndTheirJobsBesideEachOthersPods) {
  const jobs::JobId id = first_.world.Submit();
  ASSERT_EQ(second_.world.Submit(), id) << "their pods' names collide";
  cluster_.WaitForWatches(2, {});
  ASSERT_EQ(first_.controller.Claim(), 1);
  first_.controller.SettleAll();
  const std::string theirs = UidOf(PodOf(id));
  ASSERT_EQ(second_.controller.Claim(), 1);
  Work();
  EXPECT_EQ(second_.world.Row(id).reason, Reason::kInternal);
  EXPECT_THAT(second_.world.Row(id).message, HasSubstr("not ours"));
  EXPECT_EQ(second_.pods.All().size(), 0u) << "nothing to count";
  Pass(1min);
  EXPECT_TRUE(second_.world.store.PromoteDue(10).ok());
  ASSERT_EQ(second_.controller.Claim(), 1);
  Work();
  EXPECT_EQ(UidOf(PodOf(id)), theirs);
  first_.RunPod(id);
  second_.RunPod(id);
  Work();
  EXPECT_EQ(first_.world.Row(id).state, JobState::kSucceeded);
  EXPECT_EQ(first_.world.Row(id).attempt, 1);
  EXPECT_EQ(second_.world.Row(id).state, JobState::kSucceeded)
      << second_.world.Row(id).message;
  EXPECT_EQ(second_.world.Row(id).attempt, 2);
  Pass(1min);
  Work();
  EXPECT_EQ(first_.pods.All().size(), 1u);
  EXPECT_EQ(second_.pods.All().size(), 1u);
  EXPECT_EQ(UidOf(PodOf(id)), theirs) << "nobody deleted it";
  EXPECT_NE(UidOf(PodOf(id, 2)), "none");
}

}  // namespace
}  // namespace vexaa::controller

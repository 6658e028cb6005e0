// lib/kube on a real API server: what the conformance suite, which the fake
// passes too, cannot ask.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include "lib/base/log.h"
#include "lib/kube/lease_client.h"
#include "lib/kube/lease_policy.h"
#include "lib/kube/object_client.h"
#include "lib/kube/pod_list_watch.h"
#include "lib/kube/reflector.h"
#include "lib/kube/rest_pod_client.h"
#include "tests/conformance/kube_namespace.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;
using testing::HasSubstr;

std::string Manifest(const std::string& name, const std::string& spec) {
  return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
         R"("},"spec":{"restartPolicy":"Never",
         "automountServiceAccountToken":false,"terminationGracePeriodSeconds":5,
         )" +
         spec + R"("containers":[{"name":"runner",
         "image":"localhost/pause:1","imagePullPolicy":"IfNotPresent"}]}})";
}

std::string Nowhere(const std::string& name) {
  return Manifest(name, R"("nodeSelector":{"vexaa.io/nowhere":"true"},)");
}

class KubeTest : public testing::Test {
 protected:
  void SetUp() override {
    name_space_ = KubeNamespace::Make();
    if (!name_space_ && !HasFailure()) {
      GTEST_SKIP() << "VEXAA_TEST_KUBECONFIG is not set: ./dev test says how";
    }
    ASSERT_TRUE(name_space_);
    pods_.emplace(name_space_->api());
  }

  std::unique_ptr<KubeNamespace> name_space_;
  std::optional<RestPodClient> pods_;
};

TEST_F(KubeTest, SaysThatAQuotaIsUsedUp) {
  const Status made = name_space_->Post(
      "resourcequotas",
      R"({"metadata":{"name":"q"},"spec":{"hard":{"pods":"1"}}})");
  ASSERT_TRUE(made.ok()) << made;
  // At first the server does not know of its quota, and then not of its use.
  Status status;
  for (int tries = 0; tries < 200; ++tries) {
    const std::string name = "pod-" + std::to_string(tries);
    status = pods_->Create(Nowhere(name), {}).status();
    if (status.message().find("exceeded quota") != std::string::npos) break;
    name_space_->clock().Sleep(std::chrono::milliseconds(50), {});
  }
  EXPECT_EQ(status.code(), Code::kResourceExhausted) << status;
  EXPECT_EQ(status.detail(), "QuotaExceeded");
  EXPECT_THAT(status.message(), HasSubstr("exceeded quota: q"));
}

TEST_F(KubeTest, SaysThatANamespaceEnds) {
  const std::string path = "/api/v1/namespaces/" + name_space_->name();
  ASSERT_TRUE(pods_->Create(Nowhere("one"), {}).ok());
  ASSERT_TRUE(
      name_space_->api()
          .Call({.verb = "delete", .method = "DELETE", .path = path}, {})
          .ok());
  const Status status = pods_->Create(Nowhere("two"), {}).status();
  // Gone already is the other true answer.
  if (status.code() != Code::kNotFound) {
    EXPECT_EQ(status.detail(), "NamespaceTerminating") << status;
  }
}

TEST_F(KubeTest, FindsTheOwnerAndWritesEvents) {
  ASSERT_TRUE(
      name_space_->Post("configmaps", R"({"metadata":{"name":"release"}})")
          .ok());
  ObjectClient objects(name_space_->api(), "vexaa-controller", "test");
  const auto owner = objects.FindConfigMap("release", {});
  ASSERT_TRUE(owner.ok()) << owner.status();
  EXPECT_FALSE(owner->uid.empty());
  EventRecord event{*owner, EventType::kWarning, "InputNotFound",
                    "there is no such object", name_space_->clock().Now()};
  const Status written = objects.CreateEvent(event, {});
  EXPECT_TRUE(written.ok()) << written;
  EXPECT_EQ(objects.FindConfigMap("none", {}).status().code(), Code::kNotFound);
}

TEST_F(KubeTest, KeepsALeaseThatOnlyTheNewestVersionMayChange) {
  RestLeaseClient leases(name_space_->api(), std::chrono::seconds(5));
  EXPECT_EQ(leases.Get("leader", {}).status().code(), Code::kNotFound);
  Lease lease = LeaseToWrite({}, "leader", "a", LeaseTiming{},
                             name_space_->clock().Now());
  const auto created = leases.Create(lease, {});
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->renew_time, lease.renew_time);
  EXPECT_EQ(leases.Create(lease, {}).status().code(), Code::kAlreadyExists);
  const auto renewed = leases.Update(*created, {});
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  const auto given_up =
      leases.Update(GivenUp(*renewed, name_space_->clock().Now()), {});
  ASSERT_TRUE(given_up.ok()) << given_up.status();
  EXPECT_EQ(leases.Update(*renewed, {}).status().code(), Code::kAborted);
  const auto found = leases.Get("leader", {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, *given_up);
  EXPECT_EQ(found->holder, "");
}

// A cache that follows the namespace, with a way to wait for a state.
class Follower {
 public:
  explicit Follower(PodClient& client)
      : cache_(clock_,
               [this](const CachedPod&) {
                 const std::lock_guard lock(mutex_);
                 changed_.notify_all();
               }),
        pods_(client, cache_, ""),
        reflector_(pods_, clock_, log_),
        thread_([this](std::stop_token stop) { reflector_.Run(stop); }) {}

  // None: it did not come to that, even on a busy machine.
  template <typename Predicate>
  std::optional<CachedPod> Await(const std::string& name, Predicate wanted) {
    std::unique_lock lock(mutex_);
    std::optional<CachedPod> cached;
    const bool came = changed_.wait_for(lock, std::chrono::minutes(3), [&] {
      cached = cache_.Find(name);
      return cached && wanted(*cached);
    });
    return came ? cached : std::nullopt;
  }
  Status Health() const { return reflector_.Health(); }

 private:
  base::SystemClock clock_;
  base::Logger log_{std::cerr, base::LogFormat::kText, base::LogLevel::kWarn,
                    clock_};
  std::mutex mutex_;
  std::condition_variable changed_;
  PodCache cache_;
  PodListWatch pods_;
  Reflector reflector_;
  std::jthread thread_;
};

TEST_F(KubeTest, FollowsAPodThatFitsNowhere) {
  Follower follower(*pods_);
  ASSERT_TRUE(pods_->Create(Nowhere("one"), {}).ok());
  const auto stuck = follower.Await(
      "one", [](const CachedPod& cached) { return cached.pod->unschedulable; });
  ASSERT_TRUE(stuck.has_value());
  EXPECT_THAT(stuck->pod->unschedulable_message, HasSubstr("nodes"));
  ASSERT_TRUE(pods_->Delete("one", stuck->pod->uid, std::nullopt, {}).ok());
  EXPECT_TRUE(follower.Await(
      "one", [](const CachedPod& cached) { return cached.gone; }));
  // Only now: a pod is seen in the first list before that list is at its end.
  EXPECT_TRUE(follower.Health().ok());
}

TEST_F(KubeTest, FollowsAPodThatRunsAndIsDeleted) {
  Follower follower(*pods_);
  ASSERT_TRUE(pods_->Create(Manifest("one", ""), {}).ok());
  const auto running = follower.Await("one", [](const CachedPod& cached) {
    return cached.pod->phase == PodPhase::kRunning ||
           !cached.pod->waiting_message.empty() || cached.pod->unschedulable;
  });
  ASSERT_TRUE(running.has_value());
  if (running->pod->phase != PodPhase::kRunning) {
    GTEST_SKIP() << "the cluster cannot run the image localhost/pause:1: "
                 << running->pod->waiting_message
                 << running->pod->unschedulable_message;
  }
  EXPECT_FALSE(running->pod->node_name.empty());
  EXPECT_TRUE(running->pod->started_at.has_value());
  const auto log = pods_->Logs("one", 100, {});
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(*log, "");
  ASSERT_TRUE(pods_->Delete("one", running->pod->uid, std::nullopt, {}).ok());
  const auto gone = follower.Await(
      "one", [](const CachedPod& cached) { return cached.gone; });
  ASSERT_TRUE(gone.has_value());
  // The last state holds the container's end, but for a kubelet that lost it:
  // 1.20's does under load, and then says Failed and ContainerCreating.
  if (gone->pod->termination) {
    EXPECT_EQ(gone->pod->termination->exit_code, 0);
  } else {
    EXPECT_EQ(gone->pod->phase, PodPhase::kFailed);
  }
  EXPECT_TRUE(gone->pod->deletion_time.has_value());
}

TEST_F(KubeTest, ReadsWhyAContainerCouldNotStart) {
  Follower follower(*pods_);
  const std::string manifest = Manifest("one", "");
  const std::string bad = std::string(manifest).replace(
      manifest.find("\"image\":"), 0, R"("command":["/none"],)");
  ASSERT_TRUE(pods_->Create(bad, {}).ok());
  const auto over = follower.Await("one", [](const CachedPod& cached) {
    return cached.pod->phase == PodPhase::kFailed ||
           cached.pod->waiting_reason == "ErrImagePull" ||
           cached.pod->unschedulable;
  });
  ASSERT_TRUE(over.has_value());
  if (over->pod->phase != PodPhase::kFailed) {
    GTEST_SKIP() << "the cluster cannot run the image localhost/pause:1";
  }
  ASSERT_TRUE(over->pod->termination.has_value());
  EXPECT_NE(over->pod->termination->exit_code, 0);
  EXPECT_THAT(over->pod->termination->message, HasSubstr("/none"));
}

// A watch comes in protobuf, a list in JSON.
TEST_F(KubeTest, ReadsTheSameInAWatchAsInAList) {
  Follower follower(*pods_);
  const std::string manifest = Manifest("fails", "");
  ASSERT_TRUE(
      pods_
          ->Create(std::string(manifest).replace(manifest.find("\"image\":"), 0,
                                                 R"("command":["/none"],)"),
                   {})
          .ok());
  ASSERT_TRUE(pods_->Create(Nowhere("nowhere"), {}).ok());
  const auto settled = [](const CachedPod& cached) {
    return cached.pod->phase == PodPhase::kFailed ||
           !cached.pod->waiting_message.empty() || cached.pod->unschedulable;
  };
  for (const char* name : {"fails", "nowhere"}) {
    ASSERT_TRUE(follower.Await(name, settled).has_value()) << name;
    bool compared = false;  // their nodes may still have something to say
    for (int tries = 0; tries < 200 && !compared; ++tries) {
      const auto listed = pods_->Get(name, {});
      ASSERT_TRUE(listed.ok()) << listed.status();
      const auto watched =
          follower.Await(name, [](const CachedPod&) { return true; });
      compared = watched->pod->resource_version == listed->resource_version;
      if (compared)
        EXPECT_EQ(*watched->pod, *listed) << name;
      else
        name_space_->clock().Sleep(std::chrono::milliseconds(50), {});
    }
    EXPECT_TRUE(compared) << name;
  }
}

TEST_F(KubeTest, EndsAWatchWhenTheServerDoes) {
  const auto list = pods_->List("", {});
  ASSERT_TRUE(list.ok()) << list.status();
  const Status status =
      pods_->Watch({"", list->resource_version, std::chrono::seconds(1)},
                   [](const PodEvent&) { return Status::Ok(); }, {});
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace vexaa::kube

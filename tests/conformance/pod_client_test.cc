// What every PodClient promises, on the fake and on a real API server. The pods
// here fit on no node, so that nothing but the test changes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>

#include "lib/kube/rest_pod_client.h"
#include "tests/conformance/kube_namespace.h"
#include "tests/fakes/fake_pod_client.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;
using testing::HasSubstr;

class PodBench {
 public:
  virtual ~PodBench() = default;
  virtual PodClient& client() = 0;
  // A version from which no watch can start any more.
  virtual std::string ExpiredVersion() = 0;
};

class RealBench final : public PodBench {
 public:
  explicit RealBench(std::unique_ptr<KubeNamespace> name_space)
      : name_space_(std::move(name_space)), client_(name_space_->api()) {}
  PodClient& client() override { return client_; }
  std::string ExpiredVersion() override { return "1"; }

 private:
  std::unique_ptr<KubeNamespace> name_space_;
  RestPodClient client_;
};

class FakeBench final : public PodBench {
 public:
  PodClient& client() override { return client_; }
  std::string ExpiredVersion() override {
    client_.ForgetHistory();
    return "1";
  }

 private:
  base::SystemClock clock_;
  FakePodClient client_{clock_};
};

using MakeBench = std::unique_ptr<PodBench> (*)();

std::unique_ptr<PodBench> MakeReal() {
  auto name_space = KubeNamespace::Make();
  if (!name_space) return nullptr;
  return std::make_unique<RealBench>(std::move(name_space));
}

std::unique_ptr<PodBench> MakeFake() { return std::make_unique<FakeBench>(); }

std::string Manifest(const std::string& name, const std::string& label = "a") {
  return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
         R"(","labels":{"test":")" + label + R"("}},"spec":{
         "restartPolicy":"Never","automountServiceAccountToken":false,
         "nodeSelector":{"vexaa.io/nowhere":"true"},
         "containers":[{"name":"runner","image":"localhost/pause:1"}]}})";
}

class PodClientTest : public testing::TestWithParam<MakeBench> {
 protected:
  void SetUp() override {
    bench_ = GetParam()();
    if (!bench_ && !HasFailure()) {
      GTEST_SKIP() << "VEXAA_TEST_KUBECONFIG is not set: ./dev test says how";
    }
    ASSERT_TRUE(bench_);
  }

  PodClient& client() { return bench_->client(); }
  Pod Create(const std::string& name, const std::string& label = "a") {
    const auto pod = client().Create(Manifest(name, label), {});
    EXPECT_TRUE(pod.ok()) << pod.status();
    return pod.ok() ? *pod : Pod{};
  }

  std::unique_ptr<PodBench> bench_;
};

TEST_P(PodClientTest, FindsWhatItCreated) {
  const Pod created = Create("one");
  EXPECT_EQ(created.name, "one");
  EXPECT_FALSE(created.uid.empty());
  EXPECT_EQ(created.labels.at("test"), "a");
  const auto found = client().Get("one", {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->uid, created.uid);
  EXPECT_EQ(found->phase, PodPhase::kPending);
  EXPECT_EQ(found->created_at, created.created_at);
  EXPECT_FALSE(found->termination.has_value());
}

TEST_P(PodClientTest, RefusesASecondPodOfTheSameName) {
  Create("one");
  const Status status = client().Create(Manifest("one"), {}).status();
  EXPECT_EQ(status.code(), Code::kAlreadyExists);
  EXPECT_EQ(status.detail(), "AlreadyExists");
  EXPECT_THAT(status.message(), HasSubstr("\"one\" already exists"));
}

TEST_P(PodClientTest, SaysWhatDoesNotExist) {
  const Status got = client().Get("none", {}).status();
  EXPECT_EQ(got.code(), Code::kNotFound);
  EXPECT_THAT(got.message(), HasSubstr("\"none\" not found"));
  EXPECT_EQ(client().Delete("none", "", std::nullopt, {}).code(),
            Code::kNotFound);
  EXPECT_EQ(client().Logs("none", 100, {}).status().code(), Code::kNotFound);
}

TEST_P(PodClientTest, RefusesAManifestThatIsNotValid) {
  const Status name = client().Create(Manifest("No_Name"), {}).status();
  EXPECT_EQ(name.code(), Code::kInvalidArgument);
  EXPECT_EQ(name.detail(), "Invalid");
  EXPECT_EQ(client().Create("{", {}).status().code(), Code::kInvalidArgument);
}

TEST_P(PodClientTest, ListsByLabel) {
  Create("one", "a");
  Create("two", "b");
  Create("three", "a");
  const auto list = client().List("test=a", {});
  ASSERT_TRUE(list.ok()) << list.status();
  std::set<std::string> names;
  for (const Pod& pod : list->pods) names.insert(pod.name);
  EXPECT_EQ(names, (std::set<std::string>{"one", "three"}));
  EXPECT_FALSE(list->resource_version.empty());
  EXPECT_EQ(client().List("", {})->pods.size(), 3);
}

TEST_P(PodClientTest, DeletesOnlyThePodOfThatUid) {
  const Pod pod = Create("one");
  const Status wrong = client().Delete("one", "another-uid", std::nullopt, {});
  EXPECT_EQ(wrong.code(), Code::kAborted);
  EXPECT_EQ(wrong.detail(), "Conflict");
  EXPECT_TRUE(client().Get("one", {}).ok());
  const Status right = client().Delete("one", pod.uid, std::nullopt, {});
  EXPECT_TRUE(right.ok()) << right;
  EXPECT_EQ(client().Get("one", {}).status().code(), Code::kNotFound);
}

TEST_P(PodClientTest, HasNoLogBeforeTheContainerStarted) {
  Create("one");
  const auto log = client().Logs("one", 100, {});
  // A pod without a node: its server either has nothing or has not started.
  if (log.ok()) {
    EXPECT_EQ(*log, "");
  } else {
    EXPECT_EQ(log.status().code(), Code::kFailedPrecondition);
  }
}

TEST_P(PodClientTest, WatchesWhatHappensAfterAList) {
  Create("before");
  const auto list = client().List("test=a", {});
  ASSERT_TRUE(list.ok());
  const Pod one = Create("one");
  Create("other", "b");
  ASSERT_TRUE(client().Delete("one", one.uid, std::nullopt, {}).ok());
  std::vector<PodEventType> types;
  std::string last_version;
  const Status status = client().Watch(
      {"test=a", list->resource_version, std::chrono::seconds(60)},
      [&](const PodEvent& event) {
        last_version = event.pod.resource_version;
        if (event.pod.name != "one") return Status::Ok();
        types.push_back(event.type);
        if (event.type != PodEventType::kDeleted) return Status::Ok();
        return Status(Code::kAborted, "seen enough");
      },
      {});
  EXPECT_EQ(status.code(), Code::kAborted);
  EXPECT_EQ(types.front(), PodEventType::kAdded);
  EXPECT_EQ(types.back(), PodEventType::kDeleted);
  EXPECT_NE(last_version, list->resource_version);
}

TEST_P(PodClientTest, SaysThatAVersionIsTooOldToWatchFrom) {
  Create("one");
  const WatchOptions options{"", bench_->ExpiredVersion(),
                             std::chrono::seconds(1)};
  const Status status =
      client().Watch(options, [](const PodEvent&) { return Status::Ok(); }, {});
  if (status.ok()) GTEST_SKIP() << "this server is young and forgot nothing";
  EXPECT_EQ(status.code(), Code::kFailedPrecondition) << status;
  EXPECT_EQ(status.detail(), "Expired");
}

TEST_P(PodClientTest, EndsAWatchWhenItIsStopped) {
  const auto list = client().List("", {});
  ASSERT_TRUE(list.ok());
  std::stop_source source;
  Create("one");
  const Status status = client().Watch(
      {"", list->resource_version, std::chrono::seconds(60)},
      [&](const PodEvent&) {
        source.request_stop();
        return Status::Ok();
      },
      source.get_token());
  EXPECT_EQ(status.code(), Code::kCancelled) << status;
}

TEST_P(PodClientTest, DoesNothingOnceStopped) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(client().Get("one", source.get_token()).status().code(),
            Code::kCancelled);
  EXPECT_EQ(
      client().Create(Manifest("one"), source.get_token()).status().code(),
      Code::kCancelled);
  EXPECT_EQ(client().Get("one", {}).status().code(), Code::kNotFound);
}

std::string BenchName(const testing::TestParamInfo<MakeBench>& info) {
  return info.param == MakeFake ? "Fake" : "Real";
}

INSTANTIATE_TEST_SUITE_P(Pods, PodClientTest,
                         testing::Values(MakeFake, MakeReal), BenchName);

}  // namespace
}  // namespace vexaa::kube

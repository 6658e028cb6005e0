// lib/kube on a real API server behind the fault proxy: the view of the pods
// ends up right whatever happens to its watch, and is not trusted meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "lib/base/log.h"
#include "lib/kube/api_error.h"
#include "lib/kube/kube_config.h"
#include "lib/kube/pod_list_watch.h"
#include "lib/kube/reflector.h"
#include "lib/kube/rest_pod_client.h"
#include "tests/conformance/kube_namespace.h"
#include "tests/proxy/fault_proxy.h"

namespace vexaa::kube {
namespace {

using base::Code;
using proxy::FaultKind;
using proxy::Rule;

// Waiting is bounded, never timed: a slow machine is not a failure.
constexpr std::chrono::seconds kPatience(60);

const ReflectorOptions kOptions{
    .backoff = {std::chrono::milliseconds(50), std::chrono::seconds(1)},
    .silence = std::chrono::seconds(3)};

std::string Pending(const std::string& name) {
  return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
         R"("},"spec":{"restartPolicy":"Never",
         "automountServiceAccountToken":false,
         "nodeSelector":{"vexaa.io/nowhere":"true"},
         "containers":[{"name":"runner","image":"localhost/pause:1"}]}})";
}

class KubeFaults : public testing::Test {
 protected:
  void SetUp() override {
    name_space_ = KubeNamespace::Make();
    if (!name_space_ && !HasFailure())
      GTEST_SKIP() << "VEXAA_TEST_KUBECONFIG is not set: ./dev test says how";
    ASSERT_TRUE(name_space_);
    direct_.emplace(name_space_->api());
    auto access = LoadKubeconfig(std::getenv("VEXAA_TEST_KUBECONFIG"));
    ASSERT_TRUE(access.ok()) << access.status();
    auto upstream = proxy::ParseUpstream(access->server);
    ASSERT_TRUE(upstream.ok()) << upstream.status();
    if (upstream->tls) upstream->tls = access->tls;
    auto started = proxy::FaultProxy::Start({.upstream = *upstream});
    ASSERT_TRUE(started.ok()) << started.status();
    proxy_ = std::move(*started);
    ClusterAccess through;
    through.server = "http://127.0.0.1:" + std::to_string(proxy_->port());
    through.name_space = name_space_->name();
    api_.emplace(through, transport_, clock_);
    pods_.emplace(*api_);
    list_watch_.emplace(*pods_, cache_, "");
    reflector_.emplace(*list_watch_, clock_, log_, kOptions);
  }
  void TearDown() override { thread_ = {}; }

  void StartView() {
    thread_ =
        std::jthread([this](std::stop_token stop) { reflector_->Run(stop); });
  }
  int Disturb(FaultKind kind, Rule rule) {
    rule.fault.kind = kind;
    std::cout << "disturbs: " << proxy::Describe(rule) << std::endl;
    return proxy_->Add(rule);
  }
  static Rule Watch(int count) {
    return {.method = "GET", .path = "/pods.*watch=", .count = count};
  }
  void Create(const std::string& name) {
    auto made = direct_->Create(Pending(name), {});
    ASSERT_TRUE(made.ok()) << made.status();
  }
  template <typename F>
  void Await(const char* what, F&& condition) {
    auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "never: " << what;
      clock_.Sleep(std::chrono::milliseconds(10), {});
    }
  }
  void AwaitSeen(const std::string& name) {
    Await("a pod in the view", [&] { return cache_.Find(name).has_value(); });
  }
  int Lists() {
    int lists = 0;
    for (const auto& seen : proxy_->Log())
      lists += seen.what.find("limit=") != std::string::npos ? 1 : 0;
    return lists;
  }
  // One watch after the other meets the fault, and no pod is missed.
  void ExpectNothingMissed(int rule, int count) {
    StartView();
    for (int i = 0; i < count; ++i) {
      Await("a fault", [&] { return proxy_->MetCount(rule) > i; });
      std::string name = "pod-" + std::to_string(i);
      Create(name);
      AwaitSeen(name);
    }
  }

  base::SystemClock clock_;
  std::unique_ptr<KubeNamespace> name_space_;
  std::optional<RestPodClient> direct_;
  std::unique_ptr<proxy::FaultProxy> proxy_;
  http::CurlTransport transport_{{}};
  std::optional<ApiClient> api_;
  std::optional<RestPodClient> pods_;
  PodCache cache_{clock_, nullptr};
  std::optional<PodListWatch> list_watch_;
  base::Logger log_{std::cerr, base::LogFormat::kText, base::LogLevel::kError,
                    clock_};
  std::optional<Reflector> reflector_;
  std::jthread thread_;
};

TEST_F(KubeFaults, AViewOfSilentWatchesIsStaleAndCatchesUpWithoutAList) {
  int rule = Disturb(FaultKind::kStall, Watch(-1));
  StartView();
  Await("a list", [&] { return cache_.synced(); });
  EXPECT_TRUE(reflector_->Health().ok());
  Await("a silent watch", [&] { return proxy_->MetCount(rule) > 0; });
  Create("late");
  Await("staleness", [&] { return !reflector_->Health().ok(); });
  EXPECT_FALSE(cache_.Find("late"));
  proxy_->Remove(rule);
  AwaitSeen("late");
  Await("trust", [&] { return reflector_->Health().ok(); });
  EXPECT_EQ(Lists(), 1);
}

TEST_F(KubeFaults, AWatchThatEndsInTheMiddleOfALineLosesNothing) {
  Rule rule = Watch(3);
  rule.fault.after = 500;
  ExpectNothingMissed(Disturb(FaultKind::kCut, rule), 3);
}

TEST_F(KubeFaults, AWatchThatTimesOutAtOnceIsOpenedAgain) {
  Rule rule = Watch(3);
  rule.fault.status = 200;
  ExpectNothingMissed(Disturb(FaultKind::kAnswer, rule), 3);
}

TEST_F(KubeFaults, AnExpiredWatchIsListedAgain) {
  const std::string expired =
      R"({"kind":"Status","status":"Failure","reason":"Expired","code":410})";
  Rule status = Watch(1);
  status.fault.status = 410;
  status.fault.body = expired;
  Disturb(FaultKind::kAnswer, status);
  Rule event = Watch(1);
  event.fault.status = 200;
  event.fault.body = R"({"type":"ERROR","object":)" + expired + "}\n";
  int second = Disturb(FaultKind::kAnswer, event);
  ExpectNothingMissed(second, 1);
  EXPECT_GE(Lists(), 3);
}

// The watch sleeps through a deletion and is then told a version after it.
TEST_F(KubeFaults, AnEventThatNoWatchBroughtIsFoundByTheNextList) {
  ReflectorOptions options = kOptions;
  options.relist_every = std::chrono::seconds(8);
  reflector_.emplace(*list_watch_, clock_, log_, options);
  Create("brief");
  int asleep = Disturb(FaultKind::kStall, Watch(1));
  StartView();
  AwaitSeen("brief");
  Await("a watch", [&] { return proxy_->MetCount(asleep) > 0; });
  auto deleted = direct_->Delete("brief", "", std::chrono::seconds(0), {});
  ASSERT_TRUE(deleted.ok()) << deleted;
  auto listed = direct_->List("", {});
  ASSERT_TRUE(listed.ok()) << listed.status();
  Rule bookmark = Watch(1);
  bookmark.fault.status = 200;
  bookmark.fault.body =
      R"({"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":")" +
      listed->resource_version + "\"}}}\n";
  Disturb(FaultKind::kAnswer, bookmark);
  Await("a gone pod", [&] { return cache_.Find("brief")->gone; });
  EXPECT_GE(Lists(), 2);
}

TEST_F(KubeFaults, APodThatWentInAnOutageIsKnownToBeGone) {
  Create("brief");
  StartView();
  AwaitSeen("brief");
  std::cout << "disturbs: the API server is down" << std::endl;
  proxy_->Refuse(true);
  proxy_->ResetAll();
  // Finished pods fall out of the server's history with their watch events.
  auto deleted = direct_->Delete("brief", "", std::chrono::seconds(0), {});
  ASSERT_TRUE(deleted.ok()) << deleted;
  proxy_->Refuse(false);
  Await("a gone pod", [&] {
    auto found = cache_.Find("brief");
    return found && found->gone;
  });
}

TEST_F(KubeFaults, ACreationWhoseReplyWasLostIsFoundByItsName) {
  Disturb(FaultKind::kLoseReply, {.method = "POST", .path = "/pods$"});
  auto first = pods_->Create(Pending("once"), {});
  // Sent once, or again by the transport, which then hears of the first.
  EXPECT_THAT(first.status().code(),
              testing::AnyOf(Code::kUnavailable, Code::kAlreadyExists));
  EXPECT_EQ(pods_->Create(Pending("once"), {}).status().code(),
            Code::kAlreadyExists);
  EXPECT_TRUE(pods_->Get("once", {}).ok());
}

TEST_F(KubeFaults, ARefusalSaysWhenToComeBack) {
  Rule rule{.method = "POST", .path = "/pods$"};
  rule.fault.status = 429;
  rule.fault.headers = {{"Retry-After", "7"}};
  Disturb(FaultKind::kAnswer, rule);
  auto made = pods_->Create(Pending("later"), {});
  EXPECT_EQ(RetryAfterOf(made.status()), std::chrono::seconds(7))
      << made.status();
}

}  // namespace
}  // namespace vexaa::kube

#include "tests/conformance/kube_namespace.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "lib/base/digest.h"
#include "lib/kube/kube_config.h"

namespace vexaa::kube {
namespace {

constexpr char kNamespaces[] = "/api/v1/namespaces";

http::CurlOptions Options(const ClusterAccess& access) {
  http::CurlOptions options;
  options.tls = access.tls;
  return options;
}

}  // namespace

std::unique_ptr<KubeNamespace> KubeNamespace::Make() {
  const char* path = std::getenv("VEXAA_TEST_KUBECONFIG");
  if (path == nullptr || *path == '\0') return nullptr;
  auto access = LoadKubeconfig(path);
  if (!access.ok()) {
    ADD_FAILURE() << access.status();
    return nullptr;
  }
  access->name_space = "vexaa-test-" + base::RandomHex(6);
  return std::unique_ptr<KubeNamespace>(new KubeNamespace(*access));
}

KubeNamespace::KubeNamespace(ClusterAccess access)
    : transport_(Options(access)), api_(access, transport_, clock_) {
  const std::string body = R"({"metadata":{"name":")" + name() + R"("}})";
  const auto created = api_.Call(
      {.verb = "create", .method = "POST", .path = kNamespaces, .body = body},
      {});
  EXPECT_TRUE(created.ok()) << created.status();
  AwaitServiceAccount();
}

KubeNamespace::~KubeNamespace() {
  const auto deleted =
      api_.Call({.verb = "delete",
                 .method = "DELETE",
                 .path = std::string(kNamespaces) + "/" + name()},
                {});
  // A test may have ended it before.
  const base::Code code = deleted.status().code();
  EXPECT_TRUE(deleted.ok() || code == base::Code::kNotFound ||
              code == base::Code::kAborted)
      << deleted.status();
}

// Pods are refused until the controller-manager has made the account.
void KubeNamespace::AwaitServiceAccount() {
  const std::string path =
      std::string(kNamespaces) + "/" + name() + "/serviceaccounts/default";
  for (int tries = 0; tries < 200; ++tries) {
    if (api_.Call({.verb = "get", .path = path}, {}).ok()) return;
    clock_.Sleep(std::chrono::milliseconds(50), {});
  }
  ADD_FAILURE() << "the namespace never got a default service account";
}

base::Status KubeNamespace::Post(const std::string& collection,
                                 const std::string& json) {
  const std::string path =
      std::string(kNamespaces) + "/" + name() + "/" + collection;
  return api_
      .Call({.verb = "create", .method = "POST", .path = path, .body = json},
            {})
      .status();
}

}  // namespace vexaa::kube

// The pods that a controller makes, as a real API server takes them: asked for
// with dryRun, nothing runs. What a server does not know it drops without a
// word, so its answer must hold all that was sent.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controller/config.h"
#include "controller/pod_builder.h"
#include "lib/base/digest.h"
#include "tests/conformance/kube_namespace.h"

namespace vexaa::controller {
namespace {

using Json = nlohmann::json;

constexpr char kRuntimeClasses[] = "/apis/node.k8s.io/v1/runtimeclasses";

// Where `sent` is not in `kept`; empty: nowhere. Servers add to lists at their
// ends.
std::string Missing(const Json& sent, const Json& kept, const std::string& at) {
  if (sent.is_object() && kept.is_object()) {
    for (const auto& [name, value] : sent.items()) {
      if (!kept.contains(name)) return at + "/" + name;
      std::string below = Missing(value, kept[name], at + "/" + name);
      if (!below.empty()) return below;
    }
    return "";
  }
  if (sent.is_array() && kept.is_array() && sent.size() <= kept.size()) {
    for (size_t i = 0; i < sent.size(); ++i) {
      std::string below =
          Missing(sent[i], kept[i], at + "/" + std::to_string(i));
      if (!below.empty()) return below;
    }
    return "";
  }
  return sent == kept ? "" : at + ": " + sent.dump() + ", now " + kept.dump();
}

class PodManifest : public testing::Test {
 protected:
  void SetUp() override {
    name_space_ = kube::KubeNamespace::Make();
    if (!name_space_ && !HasFailure())
      GTEST_SKIP() << "VEXAA_TEST_KUBECONFIG is not set: ./dev test says how";
    ASSERT_TRUE(name_space_);
    // Servers from 1.23 on enforce it; older ones do not know the label.
    Must("PATCH", "/api/v1/namespaces/" + name_space_->name(),
         R"({"metadata":{"labels":{)"
         R"("pod-security.kubernetes.io/enforce":"restricted"}}})");
    auto account = name_space_->Post("serviceaccounts",
                                     R"({"metadata":{"name":"vexaa-runner"}})");
    ASSERT_TRUE(account.ok()) << account;
  }

  base::Result<std::string> Call(const std::string& method,
                                 const std::string& path,
                                 const std::string& body) {
    return name_space_->api().Call(
        {.verb = "test",
         .method = method,
         .path = path,
         .body = body,
         .content_type = method == "PATCH" ? "application/merge-patch+json"
                                           : "application/json"},
        {});
  }
  void Must(const std::string& method, const std::string& path,
            const std::string& body = "") {
    auto done = Call(method, path, body);
    ASSERT_TRUE(done.ok()) << done.status();
  }

  // A pod of that queue by that configuration's section kubernetes.
  void ExpectTaken(const std::string& kubernetes, const std::string& queue) {
    auto config = LoadConfig(
        {.file_name = "c.yaml",
         .text =
             "stores:\n- name: main\n  endpoint: https://s3.test\n"
             "  buckets: [videos]\n  caFile: /ca.pem\n  runnerSecret: s3-keys\n"
             "  runnerCaConfigMap: s3-ca\nqueues: [default, night]\n" +
             kubernetes});
    ASSERT_TRUE(config.ok()) << config.status();
    PodSettings settings{.name_space = name_space_->name(),
                         .image = config->kubernetes.runner_image,
                         .pod = config->kubernetes.pod,
                         .queue_pods = config->kubernetes.queue_pods,
                         .stores = config->stores};
    PodRequest request{.attempt = {jobs::JobId(12), 3},
                       .queue = queue,
                       .claim_nonce = "beef",
                       .run_spec = R"({"version":1})",
                       .timeout_seconds = 600};
    const std::string sent = BuildPod(
        request, settings,
        {.installation = "6f3a",
         .instance = "rel",
         .owner = kube::ObjectRef{"v1", "ConfigMap", "vexaa-owner", "u-1"}});
    auto taken = Call(
        "POST",
        "/api/v1/namespaces/" + name_space_->name() + "/pods?dryRun=All", sent);
    ASSERT_TRUE(taken.ok()) << taken.status() << "\n" << sent;
    EXPECT_EQ(Missing(Json::parse(sent), Json::parse(*taken), ""), "");
  }

  std::unique_ptr<kube::KubeNamespace> name_space_;
};

TEST_F(PodManifest, OfTheDefaultsIsTakenWhole) {
  ExpectTaken("kubernetes: {runnerImage: 'vexaa/runner:1'}\n", "default");
}

TEST_F(PodManifest, OfEveryKeyAndAQueuesOwnIsTakenWhole) {
  // Servers refuse a class that they do not have.
  const std::string name = "vexaa-test-" + base::RandomHex(6);
  Must("POST", kRuntimeClasses,
       R"({"apiVersion":"node.k8s.io/v1","kind":"RuntimeClass","metadata":)"
       R"({"name":")" +
           name + R"("},"handler":"runsc"})");
  ExpectTaken(R"(
kubernetes:
  runnerImage: vexaa/runner:1
  cpuRequest: 250m
  memoryLimit: 512Mi
  labels: {team: media, example.com/cost-centre: "42"}
  annotations: {example.com/note: "any text: {at} all"}
  nodeSelector: {disk: ssd}
  priorityClass: system-cluster-critical
  imagePullSecrets: [registry]
  tolerations:
  - {key: media, operator: Equal, value: "true", effect: NoSchedule}
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
        - matchExpressions:
          - {key: kubernetes.io/arch, operator: In, values: [amd64, arm64]}
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector: {matchLabels: {app.kubernetes.io/name: vexaa}}
  volumes:
  - {name: scratch, emptyDir: {sizeLimit: 1Mi, medium: Memory}}
  - {name: extra, projected: {defaultMode: 288, sources: [{secret: {name: x}}]}}
  volumeMounts:
  - {name: scratch, mountPath: /scratch}
  - {name: extra, mountPath: /extra, readOnly: true}
  queues:
    night:
      runtimeClass: )" +
                  name + R"(
      cpuRequest: "2"
      memoryLimit: 768Mi
      labels: {team: night}
      annotations: {example.com/night: "yes"}
      nodeSelector: {size: big}
      imagePullSecrets: [other]
      tolerations:
      - {key: node.kubernetes.io/unreachable, operator: Exists,
         effect: NoExecute, tolerationSeconds: 5}
      volumes: [{name: maps, configMap: {name: maps, optional: true}}]
      volumeMounts: [{name: maps, mountPath: /maps, subPath: a.txt}]
)",
              "night");
  Must("DELETE", kRuntimeClasses + ("/" + name));
}

}  // namespace
}  // namespace vexaa::controller

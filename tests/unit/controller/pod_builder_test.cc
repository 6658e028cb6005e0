#include "controller/pod_builder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vexaa::controller {
namespace {

using Json = nlohmann::json;

Json Build(const PodSettings& settings) {
  PodRequest request{.attempt = {jobs::JobId(12), 3},
                     .queue = "default",
                     .claim_nonce = "beef",
                     .run_spec = R"({"version":1})",
                     .timeout_seconds = 600};
  PodIdentity identity{
      .installation = "6f3a",
      .instance = "rel",
      .owner = kube::ObjectRef{"v1", "ConfigMap", "vexaa-owner", "u-1"}};
  return Json::parse(BuildPod(request, settings, identity));
}

objects::StoreConfig Store() {
  objects::StoreConfig store;
  store.name = "main";
  store.endpoint = "https://s3.test";
  store.buckets = {"videos"};
  store.files = {"/own/access", "/own/secret", ""};
  store.runner_secret = "vexaa-s3";
  return store;
}

PodSettings Settings() {
  return {.name_space = "media",
          .image = "vexaa/runner:dev",
          .stores = {Store()},
          .environment = {{"VEXAA_LOG_LEVEL", "info"}}};
}

std::string Variable(const Json& pod, const std::string& name) {
  for (const Json& variable : pod["spec"]["containers"][0]["env"])
    if (variable["name"] == name) return variable["value"];
  return "";
}

// What the runner makes of VEXAA_STORES.
std::vector<objects::StoreConfig> StoresOf(const Json& pod) {
  std::vector<objects::StoreConfig> stores;
  config::YamlReader reader({.file_name = "",
                             .text = "",
                             .environment = [&](const std::string& name) {
                               return std::optional<std::string>(
                                   Variable(pod, name));
                             }});
  objects::BindStores(reader, &stores);
  EXPECT_TRUE(reader.Finish().ok());
  return stores;
}

TEST(BuildPod, NamesAndLabelsThePodForItsAttempt) {
  Json pod = Build(Settings());
  EXPECT_EQ(pod["metadata"]["name"], "vexaa-job-12-3");
  EXPECT_EQ(pod["metadata"]["namespace"], "media");
  EXPECT_EQ(pod["metadata"]["labels"][kInstallationLabel], "6f3a");
  EXPECT_EQ(pod["metadata"]["labels"][kClaimLabel], "beef");
  EXPECT_EQ(pod["metadata"]["labels"][kJobIdLabel], "12");
  EXPECT_EQ(pod["metadata"]["labels"][kAttemptLabel], "3");
}

TEST(BuildPod, HasAControllingOwnerSoThatDrainNeedsNoForce) {
  Json owner = Build(Settings())["metadata"]["ownerReferences"][0];
  EXPECT_EQ(owner["kind"], "ConfigMap");
  EXPECT_EQ(owner["uid"], "u-1");
  EXPECT_EQ(owner["controller"], true);
  EXPECT_FALSE(owner.contains("blockOwnerDeletion"));  // needs more rights
}

// https://kubernetes.io/docs/concepts/security/pod-security-standards/
TEST(BuildPod, PassesPodSecurityRestricted) {
  Json spec = Build(Settings())["spec"];
  EXPECT_EQ(spec["securityContext"]["runAsNonRoot"], true);
  EXPECT_GT(spec["securityContext"]["runAsUser"], 0);
  EXPECT_EQ(spec["securityContext"]["seccompProfile"]["type"],
            "RuntimeDefault");
  for (const Json& container : spec["containers"]) {
    const Json& security = container["securityContext"];
    EXPECT_EQ(security["allowPrivilegeEscalation"], false);
    EXPECT_EQ(security["readOnlyRootFilesystem"], true);
    EXPECT_EQ(security["capabilities"]["drop"], Json::array({"ALL"}));
  }
  for (const Json& volume : spec["volumes"])
    EXPECT_TRUE(volume.contains("secret") || volume.contains("configMap"));
  for (const char* field : {"hostNetwork", "hostPID", "hostIPC"})
    EXPECT_FALSE(spec.contains(field)) << field;
}

TEST(BuildPod, HoldsNoApiTokenAndNoSecretInItsEnvironment) {
  Json spec = Build(Settings())["spec"];
  EXPECT_EQ(spec["automountServiceAccountToken"], false);
  for (const Json& variable : spec["containers"][0]["env"]) {
    EXPECT_FALSE(variable.contains("valueFrom"));
    EXPECT_EQ(std::string(variable["name"]).find("SECRET_ACCESS_KEY"),
              std::string::npos);
  }
}

TEST(BuildPod, RunsOnceInOneContainerWithoutReadinessProbe) {
  Json spec = Build(Settings())["spec"];
  EXPECT_EQ(spec["restartPolicy"], "Never");
  ASSERT_EQ(spec["containers"].size(), 1u);
  EXPECT_FALSE(spec["containers"][0].contains("readinessProbe"));
  EXPECT_EQ(spec["containers"][0]["terminationMessagePolicy"], "File");
}

TEST(BuildPod, GivesTheRunnerTwoMinutesBeforeThePodsOwnDeadline) {
  EXPECT_EQ(Build(Settings())["spec"]["activeDeadlineSeconds"], 720);
}

TEST(BuildPod, AsksForHalfAsMuchMemoryAgainAfterEachAttemptThatRanOut) {
  PodTemplate pod = DefaultPod();
  EXPECT_EQ(MemoryFor(pod, 0), "256Mi");
  EXPECT_EQ(MemoryFor(pod, 1), "384Mi");
  EXPECT_EQ(MemoryFor(pod, 2), "576Mi");
  EXPECT_EQ(MemoryFor(pod, 1000), "2048Mi");
  pod.max_memory = pod.memory_limit;
  EXPECT_EQ(MemoryFor(pod, 3), "256Mi");
}

TEST(BuildPod, DeclaresThePortOfItsMetricsAndServesThem) {
  Json container = Build(Settings())["spec"]["containers"][0];
  EXPECT_EQ(container["ports"][0]["name"], "metrics");
  EXPECT_EQ(container["ports"][0]["containerPort"], kMetricsPort);
  bool serves = false;
  for (const Json& variable : container["env"])
    serves |= variable["name"] == "VEXAA_ADMIN_ADDRESS" &&
              variable["value"] == "0.0.0.0:9090";
  EXPECT_TRUE(serves);
}

TEST(BuildPod, LeavesANodeThatFellSilentAfterHalfAMinute) {
  Json tolerations = Build(Settings())["spec"]["tolerations"];
  ASSERT_EQ(tolerations.size(), 2u);
  for (const Json& toleration : tolerations) {
    EXPECT_EQ(toleration["effect"], "NoExecute");
    EXPECT_EQ(toleration["tolerationSeconds"], 30);
  }
}

config::YamlValue Tree(const std::string& yaml) {
  return *config::ParseYaml("t", "it: " + yaml)->Find("it");
}

TEST(BuildPod, TakesWhatTheConfigurationAddsAndWhatTheQueueReplaces) {
  PodSettings settings = Settings();
  settings.pod.labels = {{"team", "media"}, {kClaimLabel, "forged"}};
  settings.pod.annotations = {{"example.com/note", "x"}};
  settings.pod.node_selector = {{"disk", "ssd"}};
  settings.pod.runtime_class = "gvisor";
  settings.pod.image_pull_secrets = {"registry"};
  settings.pod.tolerations = Tree(
      "[{key: media, operator: Equal, value: 'true', effect: NoSchedule}]");
  settings.pod.volumes = Tree("[{name: scratch, emptyDir: {sizeLimit: 1Mi}}]");
  settings.pod.volume_mounts = Tree("[{name: scratch, mountPath: /scratch}]");
  PodTemplate& own = settings.queue_pods["default"];
  own.cpu_request = "2";
  own.memory_limit = uint64_t{1} << 30;
  own.node_selector = {{"size", "big"}};
  own.affinity = Tree("{nodeAffinity: {}}");
  Json pod = Build(settings);
  EXPECT_EQ(pod["metadata"]["labels"]["team"], "media");
  EXPECT_EQ(pod["metadata"]["labels"][kClaimLabel], "beef");
  EXPECT_EQ(pod["metadata"]["annotations"]["example.com/note"], "x");
  const Json& spec = pod["spec"];
  EXPECT_EQ(spec["nodeSelector"], Json({{"disk", "ssd"}, {"size", "big"}}));
  EXPECT_EQ(spec["runtimeClassName"], "gvisor");
  EXPECT_EQ(spec["imagePullSecrets"][0]["name"], "registry");
  EXPECT_EQ(spec["tolerations"].size(), 3u);
  EXPECT_EQ(spec["tolerations"][0]["value"], "true");
  EXPECT_TRUE(spec["affinity"].contains("nodeAffinity"));
  EXPECT_EQ(spec["volumes"].size(), 2u);
  EXPECT_EQ(spec["containers"][0]["volumeMounts"][1]["mountPath"], "/scratch");
  EXPECT_EQ(spec["containers"][0]["resources"]["requests"]["cpu"], "2");
  EXPECT_EQ(spec["containers"][0]["resources"]["limits"]["memory"], "1024Mi");
}

TEST(BuildPod, TellsTheRunnerItsStoresByTheFilesThatAreMounted) {
  PodSettings settings = Settings();
  objects::StoreConfig& store = settings.stores[0];
  store.runner_endpoint = "https://s3.inside.test";
  store.files.session_token = "/own/token";
  store.ca_file = "/own/ca.pem";
  store.runner_ca_config_map = "s3-ca";
  store.upload.sse = "AES256";
  settings.stores.push_back(store);
  settings.stores[1].name = "other";
  settings.stores[1].buckets = {"audio"};
  Json pod = Build(settings);
  auto stores = StoresOf(pod);
  ASSERT_EQ(stores.size(), 2u);
  EXPECT_EQ(stores[0].endpoint, "https://s3.inside.test");
  EXPECT_EQ(stores[0].upload.sse, "AES256");
  EXPECT_EQ(stores[1].buckets, std::vector<std::string>{"audio"});
  Json mounts = pod["spec"]["containers"][0]["volumeMounts"];
  Json volumes = pod["spec"]["volumes"];
  ASSERT_EQ(mounts.size(), 4u);
  ASSERT_EQ(volumes.size(), 4u);
  const auto& files = stores[0].files;
  for (const std::string& file :
       {files.access_key, files.secret_key, files.session_token})
    EXPECT_EQ(file.find(std::string(mounts[0]["mountPath"]) + "/"), 0u) << file;
  EXPECT_EQ(stores[0].ca_file, std::string(mounts[1]["mountPath"]) + "/ca.crt");
  EXPECT_EQ(volumes[0]["name"], mounts[0]["name"]);
  EXPECT_EQ(volumes[0]["secret"]["secretName"], "vexaa-s3");
  EXPECT_EQ(volumes[1]["configMap"]["name"], "s3-ca");
}

TEST(BuildPod, NamesNoFileOfTheControllers) {
  Json pod = Build(Settings());
  EXPECT_EQ(pod.dump().find("/own/"), std::string::npos);
}

TEST(BuildPod, NeedsNoSecretWhereNoneIsConfigured) {
  PodSettings settings = Settings();
  settings.stores[0].runner_secret = "";
  Json spec = Build(settings)["spec"];
  EXPECT_FALSE(spec.contains("volumes"));
  EXPECT_FALSE(spec["containers"][0].contains("volumeMounts"));
}

}  // namespace
}  // namespace vexaa::controller

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
  PodSettings settings = Settings();
  EXPECT_EQ(MemoryFor(settings, 0), "256Mi");
  EXPECT_EQ(MemoryFor(settings, 1), "384Mi");
  EXPECT_EQ(MemoryFor(settings, 2), "576Mi");
  EXPECT_EQ(MemoryFor(settings, 1000), "2048Mi");
  settings.max_memory = settings.memory_limit;
  EXPECT_EQ(MemoryFor(settings, 3), "256Mi");
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

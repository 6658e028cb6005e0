#include "controller/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

using ::testing::HasSubstr;

base::Result<Config> Load(const std::string& text) {
  return LoadConfig({.file_name = "c.yaml", .text = text});
}

constexpr char kProcess[] =
    "executor: process\n"
    "process: {directory: /var/lib/vexaa}\n"
    "folder: {roots: [/videos]}\n";

TEST(Config, TakesASmallFileAndKeepsItsDefaults) {
  auto config = Load(kProcess);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->executor, Executor::kProcess);
  EXPECT_EQ(config->queues, std::vector<std::string>{"default"});
  EXPECT_EQ(config->database.port, 3306);
  EXPECT_EQ(config->kubernetes.finished_pod_ttl, std::chrono::minutes(10));
}

TEST(Config, RefusesAnUnknownKeyWithItsLine) {
  auto config = Load(std::string(kProcess) + "databse: {port: 1}\n");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.status().message(), HasSubstr("c.yaml:4"));
  EXPECT_THAT(config.status().message(), HasSubstr("database"));
}

TEST(Config, TellsTheLineThatAMissingKeyIsNeededFor) {
  auto config = Load("folder: {roots: [/videos]}\nexecutor: process\n");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().message(),
            "c.yaml:2: process.directory: is needed with executor: process");
}

TEST(Config, NeedsAPlaceToReadFrom) {
  auto config = Load("executor: kubernetes\n");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.status().message(), HasSubstr("stores: or folder.roots"));
}

TEST(Config, NeedsWhatRunnerPodsReadTheirKeysAndCaFrom) {
  auto config = Load(
      "stores:\n"
      "- name: main\n"
      "  endpoint: https://s3.test\n"
      "  buckets: [videos]\n"
      "  caFile: /ca.pem\n");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.status().message(),
              HasSubstr("stores[0].runnerSecret: is needed"));
  EXPECT_THAT(config.status().message(),
              HasSubstr("stores[0].runnerCaConfigMap: is needed"));
}

TEST(Config, LetsRunnerPodsFindTheirRolesOnAws) {
  auto config =
      Load("stores: [{name: main, provider: aws, buckets: [videos]}]");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->stores.at(0).name, "main");
}

TEST(Config, NeedsAnAuthorityToCheckAServer) {
  auto config = Load(std::string(kProcess) + "database: {tls: verify-full}\n");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.status().message(),
              HasSubstr("c.yaml:4: database.caFile"));
}

TEST(Config, TakesTimesOfLeaderElectionThatJustFit) {
  auto config = Load(std::string(kProcess) +
                     "leaderElection: {leaseDuration: 8s, renewDeadline: 7s, "
                     "retryPeriod: 5s}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->leader_election.retry_period, std::chrono::seconds(5));
}

TEST(Config, RefusesTimesOfLeaderElectionThatDoNotFit) {
  struct Case {
    const char* times;
    const char* error;
  };
  constexpr char kLease[] =
      "c.yaml:4: leaderElection.leaseDuration: must be longer than "
      "renewDeadline";
  constexpr char kRenew[] =
      "c.yaml:4: leaderElection.renewDeadline: must be longer than 1.2 times "
      "retryPeriod";
  for (const Case& each : {
           Case{"leaseDuration: 10s, renewDeadline: 10s", kLease},
           Case{"leaseDuration: 9s, renewDeadline: 10s", kLease},
           Case{"renewDeadline: 60s", kLease},
           Case{"retryPeriod: 9s", kRenew},
           Case{"renewDeadline: 6s, retryPeriod: 5s", kRenew},
           Case{"renewDeadline: 5s, retryPeriod: 5s", kRenew},
       }) {
    auto config =
        Load(std::string(kProcess) + "leaderElection: {" + each.times + "}\n");
    ASSERT_FALSE(config.ok()) << each.times;
    EXPECT_THAT(config.status().message(), HasSubstr(each.error)) << each.times;
  }
}

TEST(Config, TakesAPasswordFromTheEnvironment) {
  auto config = LoadConfig({.file_name = "c.yaml",
                            .text = kProcess,
                            .environment = [](const std::string& name)
                                -> std::optional<std::string> {
                              if (name == "VEXAA_DATABASE_PASSWORD")
                                return "secret";
                              return std::nullopt;
                            }});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->database.password, "secret");
}

constexpr char kPods[] =
    "stores: [{name: a, provider: aws, buckets: [videos]}]\n"
    "queues: [default, night]\n"
    "kubernetes:\n";

// The errors of a file whose section kubernetes ends so, from its line 4 on.
std::string ErrorsOf(const std::string& lines) {
  auto config = Load(std::string(kPods) + lines);
  return config.ok() ? "none" : config.status().message();
}

TEST(Config, TakesAPodTemplateForAllQueuesAndForOne) {
  auto config = Load(std::string(kPods) +
                     "  nodeSelector: {disk: ssd}\n"
                     "  tolerations: [{key: media, operator: Exists}]\n"
                     "  volumes: [{name: tmp, emptyDir: {}}]\n"
                     "  volumeMounts: [{name: tmp, mountPath: /tmp}]\n"
                     "  queues:\n"
                     "    night: {cpuRequest: '2', memoryLimit: 1Gi}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  const KubernetesConfig& kubernetes = config->kubernetes;
  EXPECT_EQ(kubernetes.pod.cpu_request, "500m");
  EXPECT_EQ(kubernetes.pod.node_selector.at("disk"), "ssd");
  EXPECT_EQ(kubernetes.queue_pods.at("night").memory_limit, uint64_t{1} << 30);
  PodTemplate night = Merge(kubernetes.pod, kubernetes.queue_pods.at("night"));
  EXPECT_EQ(night.cpu_request, "2");
  EXPECT_EQ(night.tolerations.items.size(), 1u);
}

TEST(Config, RefusesAWrongPodTemplateWithItsLine) {
  struct Case {
    const char* lines;
    const char* error;
  };
  for (const Case& each : {
           Case{"  cpuRequest: much\n", "c.yaml:4: kubernetes.cpuRequest"},
           Case{"  memoryLimit: 1000Gi\n",
                "c.yaml:4: kubernetes.maxMemory: must not be under"},
           Case{"  memoryLimit: 1Mi\n", "c.yaml:4: kubernetes.memoryLimit"},
           Case{"  labels: {vexaa.io/claim: x}\n", "set by the controller"},
           Case{"  labels: {team: 'a b'}\n", "'a b' is no value of a label"},
           Case{"  nodeSelector: [ssd]\n", "c.yaml:4"},
           Case{"  tolerations:\n  - {operator: Exists}\n  - {kay: x}\n",
                "c.yaml:6: kubernetes.tolerations: 'kay' is none of"},
           Case{"  tolerations: [{key: a, operator: Is}]\n",
                "operator must be one of Exists, Equal"},
           Case{"  affinity: {nodes: {}}\n", "nodeAffinity"},
           Case{"  volumes:\n  - name: root\n    hostPath: {path: /}\n",
                "c.yaml:6: kubernetes.volumes: 'hostPath' is none of"},
           Case{"  volumeMounts: [{name: x, mountPath: /x}]\n",
                "'x' is none of the volumes"},
           Case{"  volumes:\n  - {name: a, emptyDir: {}}\n"
                "  - {name: a, emptyDir: {}}\n",
                "c.yaml:6: kubernetes.volumes: name 'a' is there twice"},
           Case{"  volumes: [{name: a, emptyDir: {}}]\n"
                "  queues:\n    night:\n"
                "      volumes: [{name: a, emptyDir: {}}]\n",
                "c.yaml:7: kubernetes.queues.night.volumes: name 'a'"},
           Case{"  volumes: [{name: a, emptyDir: {}}]\n"
                "  volumeMounts:\n  - {name: a, mountPath: /a}\n"
                "  - {name: a, mountPath: /a}\n",
                "c.yaml:7: kubernetes.volumeMounts: mountPath '/a' is there"},
           Case{"  volumes: [{name: a, emptyDir: {}}]\n"
                "  volumeMounts: [{name: a, mountPath: /a}]\n"
                "  queues:\n    night:\n"
                "      volumes: [{name: b, emptyDir: {}}]\n"
                "      volumeMounts: [{name: b, mountPath: /a}]\n",
                "c.yaml:9: kubernetes.queues.night.volumeMounts: mountPath"},
           Case{"  queues:\n    day: {cpuRequest: '1'}\n",
                "c.yaml:5: kubernetes.queues: 'day' is none of the queues"},
           Case{"  queues:\n    night:\n      cpu: '1'\n",
                "c.yaml:6: kubernetes.queues.night.cpu"},
           Case{"  queues:\n    night: {memoryLimit: 4Gi}\n",
                "maxMemory of night is under its memoryLimit"},
       }) {
    EXPECT_THAT(ErrorsOf(each.lines), HasSubstr(each.error)) << each.lines;
  }
}

TEST(Config, DocumentsEveryKey) {
  for (const config::FieldDoc& field : ConfigFields()) {
    EXPECT_FALSE(field.help.empty()) << field.key;
    bool in_list = field.key.find("[]") != std::string::npos;
    EXPECT_EQ(field.environment.starts_with("VEXAA_"), !in_list) << field.key;
  }
}

}  // namespace
}  // namespace vexaa::controller

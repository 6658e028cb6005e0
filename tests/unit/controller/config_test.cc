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
  EXPECT_THAT(config.status().message(), HasSubstr("database.caFile"));
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

TEST(Config, DocumentsEveryKey) {
  for (const config::FieldDoc& field : ConfigFields()) {
    EXPECT_FALSE(field.help.empty()) << field.key;
    bool in_list = field.key.find("[]") != std::string::npos;
    EXPECT_EQ(field.environment.starts_with("VEXAA_"), !in_list) << field.key;
  }
}

}  // namespace
}  // namespace vexaa::controller

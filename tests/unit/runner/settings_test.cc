#include "runner/settings.h"

#include <gtest/gtest.h>

#include <map>

#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

base::Result<Settings> Read(std::map<std::string, std::string> variables) {
  return ReadSettings(
      [variables](const std::string& name) -> std::optional<std::string> {
        auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      });
}

TEST(Settings, AreEmptyWithoutVariables) {
  auto settings = Read({});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->run_spec, "");
  EXPECT_EQ(settings->log_limit_bytes, 0u);
  EXPECT_TRUE(settings->stores.folder_roots.empty());
}

TEST(Settings, TakeStoresAsJson) {
  auto settings = Read({{"VEXAA_STORES",
                         R"([{"name": "main", "endpoint": "https://s3.test",
                              "buckets": ["videos"]}])"},
                        {"AWS_REGION", "eu-west-1"},
                        {"AWS_ACCESS_KEY_ID", "id"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_EQ(settings->stores.named.size(), 1u);
  EXPECT_EQ(settings->stores.named[0].endpoint, "https://s3.test");
  EXPECT_FALSE(settings->stores.by_hand);
  EXPECT_EQ(settings->stores.credentials("AWS_ACCESS_KEY_ID"), "id");
}

TEST(Settings, TakeAStoreByHandFromTheVariablesOfAws) {
  auto settings = Read({{"AWS_ENDPOINT_URL", "http://minio:9000"},
                        {"AWS_REGION", "eu-west-1"},
                        {"AWS_CA_BUNDLE", "/ca.pem"},
                        {"VEXAA_ALLOW_HTTP", "true"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_TRUE(settings->stores.by_hand);
  const objects::StoreConfig& store = *settings->stores.by_hand;
  EXPECT_EQ(store.endpoint, "http://minio:9000");
  EXPECT_EQ(store.region, "eu-west-1");
  EXPECT_EQ(store.ca_file, "/ca.pem");
  EXPECT_TRUE(store.allow_http);
}

TEST(Settings, ShowRolesOfAwsToServersOfAwsAlone) {
  const std::map<std::string, objects::Provider> kProviders = {
      {"", objects::Provider::kAws},
      {"https://s3.eu-west-1.amazonaws.com", objects::Provider::kAws},
      {"https://minio.test", objects::Provider::kS3},
      {"https://amazonaws.com.evil.test", objects::Provider::kS3}};
  for (const auto& [endpoint, provider] : kProviders) {
    auto settings =
        Read({{"AWS_REGION", "eu-west-1"}, {"AWS_ENDPOINT_URL_S3", endpoint}});
    ASSERT_TRUE(settings.ok() && settings->stores.by_hand) << endpoint;
    EXPECT_EQ(settings->stores.by_hand->provider, provider) << endpoint;
  }
}

TEST(Settings, SplitFolders) {
  auto settings = Read({{"VEXAA_FOLDER_ROOTS", "/x:/y z:"}});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->stores.folder_roots,
            (std::vector<std::string>{"/x", "/y z"}));
}

TEST(Settings, NameTheVariableAtFault) {
  const std::map<std::string, std::string> kWrong = {
      {"VEXAA_LOG_FORMAT", "xml"},
      {"VEXAA_LOG_LEVEL", "loud"},
      {"VEXAA_LOG_LIMIT_BYTES", "1k"},
      {"VEXAA_STORES", R"([{"name": "x"}])"},
      {"VEXAA_FOLDER_ROOTS", "relative"}};
  for (const auto& [name, value] : kWrong) {
    auto settings = Read({{name, value}});
    ASSERT_FALSE(settings.ok()) << name;
    EXPECT_EQ(jobs::ReasonOf(settings.status()), jobs::Reason::kInvalidConfig);
    EXPECT_NE(settings.status().message().find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace vexaa::runner

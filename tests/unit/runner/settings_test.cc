#include "runner/settings.h"

#include <gtest/gtest.h>

#include <map>

#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

base::Result<Settings> Read(std::map<std::string, std::string> variables) {
  return ReadSettings(
      [variables](const char* name) -> std::optional<std::string> {
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

TEST(Settings, TakeOwnVariablesBeforeThoseOfAws) {
  auto settings = Read({{"VEXAA_S3_ENDPOINT", "http://own"},
                        {"AWS_ENDPOINT_URL", "http://aws"},
                        {"AWS_REGION", "eu-west-1"},
                        {"AWS_ACCESS_KEY_ID", "id"}});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->stores.s3_endpoint, "http://own");
  EXPECT_EQ(settings->stores.s3_region, "eu-west-1");
  EXPECT_EQ(settings->stores.access_key, "id");
}

TEST(Settings, SplitLists) {
  auto settings =
      Read({{"VEXAA_S3_BUCKETS", "a,b,"}, {"VEXAA_FOLDER_ROOTS", "/x:/y z"}});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->stores.s3_buckets, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(settings->stores.folder_roots,
            (std::vector<std::string>{"/x", "/y z"}));
}

TEST(Settings, NameTheVariableAtFault) {
  const std::map<std::string, std::string> kWrong = {
      {"VEXAA_LOG_FORMAT", "xml"},
      {"VEXAA_LOG_LEVEL", "loud"},
      {"VEXAA_LOG_LIMIT_BYTES", "1k"},
      {"VEXAA_FOLDER_ROOTS", "relative"}};
  for (const auto& [name, value] : kWrong) {
    auto settings = Read({{name, value}});
    ASSERT_FALSE(settings.ok()) << name;
    EXPECT_EQ(jobs::ReasonOf(settings.status()), jobs::Reason::kInvalidConfig);
    EXPECT_NE(settings.status().message().find(name), std::string::npos);
  }
}

TEST(Settings, WantBothFilesOfAKeyPair) {
  auto settings = Read({{"VEXAA_S3_ACCESS_KEY_FILE", "/k"}});
  ASSERT_FALSE(settings.ok());
  EXPECT_NE(settings.status().message().find("VEXAA_S3_SECRET_KEY_FILE"),
            std::string::npos);
}

}  // namespace
}  // namespace vexaa::runner

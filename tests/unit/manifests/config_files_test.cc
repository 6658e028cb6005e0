// The controller accepts the config files that are shipped.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/config.h"

namespace vexaa::controller {
namespace {

base::Result<Config> Load(const std::string& path) {
  std::ifstream file(std::string(VEXAA_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return LoadConfig({.file_name = path, .text = text.str()});
}

TEST(ConfigFiles, TheBaseIsAccepted) {
  auto config = Load("manifests/base/config.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->executor, Executor::kKubernetes);
  EXPECT_EQ(config->kubernetes.owner_config_map, "vexaa-owner");
  EXPECT_EQ(config->admin.address, "0.0.0.0");
}

TEST(ConfigFiles, EveryOverlayIsAccepted) {
  const std::filesystem::path overlays =
      std::filesystem::path(VEXAA_SOURCE_DIR) / "manifests/overlays";
  for (const auto& folder : std::filesystem::directory_iterator(overlays)) {
    auto config = Load("manifests/overlays/" +
                       folder.path().filename().string() + "/config.yaml");
    EXPECT_TRUE(config.ok()) << config.status();
  }
}

}  // namespace
}  // namespace vexaa::controller

#include "lib/config/nearest_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace vexaa::config {
namespace {

const std::vector<std::string> kKnown = {"database", "endpoint",
                                         "accessKeyFile", "s3"};

TEST(NearestName, FindsATypo) {
  EXPECT_EQ(NearestName("databse", kKnown), "database");
  EXPECT_EQ(NearestName("access_key_file", kKnown), "accessKeyFile");
  EXPECT_EQ(NearestName("Endpoint", kKnown), "endpoint");
}

TEST(NearestName, DoesNotGuessWildly) {
  EXPECT_EQ(NearestName("zebra", kKnown), "");
  EXPECT_EQ(NearestName("xy", kKnown), "");
  EXPECT_EQ(NearestName(std::string(100, 'a'), kKnown), "");
}

}  // namespace
}  // namespace vexaa::config

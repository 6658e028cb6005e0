#include "lib/store/server_version.h"

#include <gtest/gtest.h>

namespace vexaa::store {
namespace {

TEST(ServerVersion, TakesTheServersWeTestWith) {
  for (const char* version :
       {"8.0.16", "8.4.3-log", "9.7.4-2", "10.11.19-MariaDB-0+deb12u1-log",
        "5.5.5-10.11.6-MariaDB", "11.8.2-MariaDB", "12.0.1-MariaDB"})
    EXPECT_TRUE(CheckServerVersion(version).ok()) << version;
}

TEST(ServerVersion, RefusesWhatIsTooOldAndNamesTheLeast) {
  for (const char* version :
       {"5.7.44", "8.0.15", "8.0.1-log", "10.6.18-MariaDB",
        "5.5.5-10.5.1-MariaDB", "nonsense", ""}) {
    base::Status status = CheckServerVersion(version);
    EXPECT_EQ(status.code(), base::Code::kFailedPrecondition) << version;
    EXPECT_NE(status.message().find("MySQL 8.0.16 or MariaDB 10.11"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace vexaa::store

#include "lib/objects/credentials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lib/base/digest.h"
#include "tests/unit/lib/objects/manual_clock.h"

namespace vexaa::objects {
namespace {

class FileCredentialsTest : public ::testing::Test {
 protected:
  FileCredentialsTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("vexaa-test-" + base::RandomHex(6))) {
    std::filesystem::create_directories(folder_);
  }
  ~FileCredentialsTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& access, const std::string& secret) {
    std::ofstream(folder_ / "access") << access;
    std::ofstream(folder_ / "secret") << secret;
  }
  CredentialFiles Files() const {
    return {folder_ / "access", folder_ / "secret", ""};
  }

  const std::filesystem::path folder_;
  ManualClock clock_;
};

TEST_F(FileCredentialsTest, ReadsKeysWithoutTheirLineEnds) {
  Write("AK\n", "  SK\r\n");
  FileCredentials source(Files(), clock_);
  auto keys = source.Current();
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(*keys, (Credentials{"AK", "SK", ""}));
}

TEST_F(FileCredentialsTest, NamesTheFileThatIsMissing) {
  FileCredentials source(Files(), clock_);
  auto keys = source.Current();
  EXPECT_EQ(keys.status().code(), base::Code::kPermissionDenied);
  EXPECT_NE(keys.status().message().find("access"), std::string::npos);
}

TEST_F(FileCredentialsTest, ReadsRotatedKeysWhenRefused) {
  Write("old", "s1");
  FileCredentials source(Files(), clock_);
  Credentials old = *source.Current();
  Write("new", "s2");
  EXPECT_EQ(*source.Current(), old);
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_TRUE(source.Renew(old));
  EXPECT_EQ(source.Current()->access_key, "new");
  EXPECT_TRUE(source.Renew(old)) << "another thread's old refusal";
}

TEST_F(FileCredentialsTest, ReadsAtMostOnceInFiveSeconds) {
  Write("old", "s1");
  FileCredentials source(Files(), clock_);
  Credentials old = *source.Current();
  Write("new", "s2");
  clock_.Advance(std::chrono::milliseconds(4999));
  EXPECT_FALSE(source.Renew(old));
}

TEST_F(FileCredentialsTest, KeepsItsKeysWhileTheFilesAreGone) {
  Write("old", "s1");
  FileCredentials source(Files(), clock_);
  Credentials old = *source.Current();
  std::filesystem::remove(folder_ / "access");
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_FALSE(source.Renew(old));
  EXPECT_EQ(*source.Current(), old);
}

TEST(StaticCredentials, AreNeverOthers) {
  Credentials keys{"a", "b", ""};
  StaticCredentials source(keys);
  EXPECT_FALSE(source.Renew(keys));
}

}  // namespace
}  // namespace vexaa::objects

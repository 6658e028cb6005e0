#include "lib/objects/credentials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lib/base/digest.h"
#include "lib/jobs/reason.h"

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
};

TEST_F(FileCredentialsTest, ReadsKeysWithoutTheirLineEnds) {
  Write("AK\n", "  SK\r\n");
  FileCredentials source(Files());
  auto keys = source.Current({});
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(*keys, (Credentials{"AK", "SK", ""}));
}

TEST_F(FileCredentialsTest, NamesTheFileThatIsMissing) {
  FileCredentials source(Files());
  auto keys = source.Current({});
  EXPECT_EQ(jobs::ReasonOf(keys.status()), jobs::Reason::kInvalidConfig);
  EXPECT_NE(keys.status().message().find("access"), std::string::npos);
}

TEST_F(FileCredentialsTest, ReadsRotatedKeysWhenRefused) {
  Write("old", "s1");
  FileCredentials source(Files());
  Credentials old = *source.Current({});
  Write("new", "s2");
  EXPECT_EQ(*source.Current({}), old);
  EXPECT_TRUE(source.Renew(old, {}));
  EXPECT_EQ(source.Current({})->access_key, "new");
  EXPECT_TRUE(source.Renew(old, {})) << "another thread's old refusal";
}

TEST_F(FileCredentialsTest, SaysThatNothingChangedWhenNothingDid) {
  Write("old", "s1");
  FileCredentials source(Files());
  Credentials old = *source.Current({});
  EXPECT_FALSE(source.Renew(old, {}));
}

TEST_F(FileCredentialsTest, ReadsTheSessionTokenToo) {
  Write("a", "s");
  std::ofstream(folder_ / "token") << "t\n";
  CredentialFiles files = Files();
  files.session_token = folder_ / "token";
  FileCredentials source(files);
  EXPECT_EQ(*source.Current({}), (Credentials{"a", "s", "t"}));
}

// As kubelet does it: the files are links through a link that is replaced.
TEST_F(FileCredentialsTest, FollowsTheSwapOfAMountedSecret) {
  namespace fs = std::filesystem;
  auto version = [&](const std::string& name, const std::string& key) {
    fs::create_directory(folder_ / name);
    std::ofstream(folder_ / name / "access") << key;
    std::ofstream(folder_ / name / "secret") << "of " + key;
  };
  version("..1", "old");
  version("..2", "new");
  fs::create_symlink("..1", folder_ / "..data");
  fs::create_symlink("..data/access", folder_ / "access");
  fs::create_symlink("..data/secret", folder_ / "secret");
  FileCredentials source(Files());
  Credentials old = *source.Current({});
  fs::create_symlink("..2", folder_ / "..tmp");
  fs::rename(folder_ / "..tmp", folder_ / "..data");
  EXPECT_TRUE(source.Renew(old, {}));
  EXPECT_EQ(*source.Current({}), (Credentials{"new", "of new", ""}));
}

TEST_F(FileCredentialsTest, KeepsItsKeysWhileTheFilesAreGone) {
  Write("old", "s1");
  FileCredentials source(Files());
  Credentials old = *source.Current({});
  std::filesystem::remove(folder_ / "access");
  EXPECT_FALSE(source.Renew(old, {}));
  EXPECT_EQ(*source.Current({}), old);
}

TEST(StaticCredentials, AreNeverOthers) {
  Credentials keys{"a", "b", ""};
  StaticCredentials source(keys);
  EXPECT_FALSE(source.Renew(keys, {}));
}

}  // namespace
}  // namespace vexaa::objects

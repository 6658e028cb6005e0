#include "runner/local_path.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;

class LocalPathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "path-XXXXXX";
    folder_ = fs::canonical(::mkdtemp(pattern.data()));
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(LocalPathTest, BecomesAFileUriWithItsFolderAsRoot) {
  auto place = ResolvePlace((folder_ / "my talk.mp3").string());
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->uri, "file://" + folder_.string() + "/my%20talk.mp3");
  EXPECT_EQ(place->root, folder_);
}

TEST_F(LocalPathTest, FollowsLinksLikeAShell) {
  fs::create_directory(folder_ / "real");
  std::ofstream(folder_ / "real" / "a.mp4") << "x";
  fs::create_symlink(folder_ / "real" / "a.mp4", folder_ / "b.mp4");
  fs::create_directory_symlink(folder_ / "real", folder_ / "link");
  const std::string wanted = "file://" + folder_.string() + "/real/a.mp4";
  EXPECT_EQ(ResolvePlace((folder_ / "b.mp4").string())->uri, wanted);
  EXPECT_EQ(ResolvePlace((folder_ / "link/../real/a.mp4").string())->uri,
            wanted);
}

TEST_F(LocalPathTest, RefusesFoldersAndMissingOnes) {
  auto folder = ResolvePlace(folder_.string());
  EXPECT_NE(folder.status().message().find("is a folder"), std::string::npos);
  auto missing = ResolvePlace((folder_ / "none" / "a.mp3").string());
  EXPECT_NE(missing.status().message().find("there is no folder"),
            std::string::npos);
}

TEST(LocalPath, LeavesUrisAlone) {
  auto s3 = ResolvePlace("s3://videos/a b.mp4");
  ASSERT_TRUE(s3.ok());
  EXPECT_EQ(s3->uri, "s3://videos/a b.mp4");
  EXPECT_EQ(s3->root, "");
  EXPECT_EQ(ResolvePlace("file:///x/y.mp4")->root, "/x");
  EXPECT_FALSE(ResolvePlace("https://example.org/a.mp4").ok());
}

}  // namespace
}  // namespace vexaa::runner

#include "lib/objects/folder_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "lib/base/digest.h"
#include "lib/objects/folder_path.h"

namespace vexaa::objects {
namespace {

namespace fs = std::filesystem;
using base::AsBytes;
using base::Code;
using base::Status;

TEST(FolderPath, SplitsBelowTheLongestRoot) {
  auto path = SplitPath({"/srv/", "/srv/media"}, "/srv/media/a/b.mp3");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(path->root, "/srv/media");
  EXPECT_EQ(path->folders, std::vector<std::string>{"a"});
  EXPECT_EQ(path->name, "b.mp3");
}

TEST(FolderPath, StaysBelowItsRoots) {
  std::vector<std::string> roots = {"/srv/media"};
  for (const char* path :
       {"", "/", "/srv/media", "/srv/media/", "/srv/mediax/a", "/etc/passwd",
        "/srv/media/../x", "/srv/media/a/../b", "/srv/media/./a",
        "/srv/media//a", "/srv/media/a/", "srv/media/a", "relative"}) {
    EXPECT_EQ(SplitPath(roots, path).status().code(), Code::kInvalidArgument)
        << path;
  }
}

TEST(FolderPath, FitsAnyNameWithAnyStageName) {
  std::string longest(255, 'x');
  std::string other = longest;
  other.back() = 'y';
  std::string stage_name(64, 's');
  EXPECT_LE((StagedPrefix(longest) + stage_name).size(), 255u);
  EXPECT_NE(StagedPrefix(longest), StagedPrefix(other));
  EXPECT_EQ(StagedPrefix("a.mp3"), ".a.mp3.vexaa-");
}

TEST(FolderPath, TellsWhoseAStagedFileIs) {
  EXPECT_EQ(StageNameOf("a", ".a.vexaa-7-1"), "7-1");
  EXPECT_FALSE(StageNameOf("a", ".ab.vexaa-7-1").has_value());
  EXPECT_FALSE(StageNameOf("a", ".a.vexaa-7-1.vexaa-8-1").has_value());
}

TEST(FolderPath, ReadsTheUploadIdItWrote) {
  FolderUpload upload{"7-1", 0xfe01, 0x1234567};
  EXPECT_EQ(FormatFolderUploadId(upload), "7-1:fe01:1234567");
  EXPECT_EQ(ParseFolderUploadId("7-1:fe01:1234567"), upload);
  for (const char* id :
       {"", "7-1", "7-1:1", "../x:1:2", "7-1:g:1", "a:1:2:3"}) {
    EXPECT_FALSE(ParseFolderUploadId(id).has_value()) << id;
  }
}

class FolderStoreTest : public ::testing::Test {
 protected:
  FolderStoreTest()
      : base_(fs::temp_directory_path() / ("vexaa-test-" + base::RandomHex(6))),
        root_(base_ / "root"),
        store_({root_.string()}) {
    fs::create_directories(root_);
    fs::create_directories(base_ / "outside");
    std::ofstream(base_ / "outside" / "secret") << "secret";
  }
  ~FolderStoreTest() override { fs::remove_all(base_); }

  ObjectPath Path(const std::string& name) { return {"", root_ / name}; }
  Status ReadStatus(const ObjectPath& path) {
    std::byte one;
    return store_.ReadRange(path, "", 0, {&one, 1}, {});
  }
  base::Result<std::string> Stage(const ObjectPath& path) {
    StageOptions options;
    options.stage_name = "7-1";
    return store_.Stage(path, options, {});
  }

  const fs::path base_, root_;
  FolderStore store_;
};

TEST_F(FolderStoreTest, FollowsNoLinkToAFile) {
  fs::create_symlink(base_ / "outside" / "secret", root_ / "link");
  Status status = ReadStatus(Path("link"));
  EXPECT_EQ(status.code(), Code::kPermissionDenied);
  EXPECT_EQ(status.detail(), "SymbolicLink");
  EXPECT_EQ(store_.Head(Path("link"), {}).status().code(),
            Code::kPermissionDenied);
}

TEST_F(FolderStoreTest, FollowsNoLinkToAFolder) {
  fs::create_directory_symlink(base_ / "outside", root_ / "dir");
  EXPECT_EQ(ReadStatus(Path("dir/secret")).detail(), "SymbolicLink");
  EXPECT_EQ(Stage(Path("dir/out")).status().detail(), "SymbolicLink");
  EXPECT_EQ(Stage(Path("dir/new/out")).status().detail(), "SymbolicLink");
  EXPECT_FALSE(fs::exists(base_ / "outside" / "new"));
}

TEST_F(FolderStoreTest, StagesOverNoLink) {
  fs::create_symlink(base_ / "outside" / "secret", root_ / ".a.mp3.vexaa-7-1");
  EXPECT_EQ(Stage(Path("a.mp3")).status().code(), Code::kAlreadyExists);
  std::ifstream secret(base_ / "outside" / "secret");
  std::string text;
  secret >> text;
  EXPECT_EQ(text, "secret");
}

TEST_F(FolderStoreTest, ReplacesALinkInsteadOfItsTarget) {
  fs::create_symlink(base_ / "outside" / "secret", root_ / "a.mp3");
  ObjectPath path = Path("a.mp3");
  std::string id = *Stage(path);
  auto part = store_.PutPart(path, id, 1, 100, AsBytes("audio"), {});
  ASSERT_TRUE(part.ok()) << part.status();
  ASSERT_TRUE(
      store_.Complete(path, id, *store_.Seal(path, id, {*part}), {}).ok());
  EXPECT_FALSE(fs::is_symlink(root_ / "a.mp3"));
  EXPECT_EQ(fs::file_size(base_ / "outside" / "secret"), 6u);
}

TEST_F(FolderStoreTest, ReadsOnlyRegularFiles) {
  fs::create_directory(root_ / "folder");
  ASSERT_EQ(mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadStatus(Path("folder")).code(), Code::kInvalidArgument);
  EXPECT_EQ(ReadStatus(Path("pipe")).code(), Code::kInvalidArgument);
}

TEST_F(FolderStoreTest, MakesMissingFolders) {
  ASSERT_TRUE(Stage(Path("a/b/c.mp3")).ok());
  EXPECT_TRUE(fs::exists(root_ / "a/b/.c.mp3.vexaa-7-1"));
}

TEST_F(FolderStoreTest, RefusesAStageNameThatIsTaken) {
  ASSERT_TRUE(Stage(Path("a")).ok());
  EXPECT_EQ(Stage(Path("a")).status().code(), Code::kAlreadyExists);
}

TEST_F(FolderStoreTest, PublishesNoOtherFileOfThatName) {
  ObjectPath path = Path("a");
  std::string id = *Stage(path);
  auto part = store_.PutPart(path, id, 1, 100, AsBytes("audio"), {});
  auto staged = *store_.Seal(path, id, {*part});
  // Another file takes the staged one's name; the old inode stays in use.
  fs::rename(root_ / ".a.vexaa-7-1", root_ / "kept");
  std::ofstream(root_ / ".a.vexaa-7-1") << "other";
  EXPECT_EQ(store_.Complete(path, id, staged, {}).code(), Code::kNotFound);
  EXPECT_TRUE(store_.Abort(path, id, {}).ok());
  EXPECT_TRUE(fs::exists(root_ / ".a.vexaa-7-1")) << "not ours to remove";
  EXPECT_FALSE(fs::exists(root_ / "a"));
}

TEST_F(FolderStoreTest, NoticesAFileThatChanges) {
  std::ofstream(root_ / "talk") << "0123456789";
  std::string etag = store_.Head(Path("talk"), {})->etag;
  std::ofstream(root_ / "talk", std::ios::app) << "more";
  std::byte one;
  EXPECT_EQ(store_.ReadRange(Path("talk"), etag, 0, {&one, 1}, {}).code(),
            Code::kFailedPrecondition);
}

// A volume that is not mounted must not read as "no such object" or "gone".
TEST_F(FolderStoreTest, TakesAMissingRootForAnOutage) {
  FolderStore store({(base_ / "nowhere").string()});
  ObjectPath path{"", base_ / "nowhere" / "a"};
  EXPECT_EQ(store.Head(path, {}).status().code(), Code::kUnavailable);
  EXPECT_EQ(store.Abort(path, "7-1:1:1", {}).code(), Code::kUnavailable);
  EXPECT_EQ(store.FindOpen(path, {}).status().detail(), "RootMissing");
}

TEST_F(FolderStoreTest, HasNoBuckets) {
  EXPECT_EQ(store_.Head({"b", root_ / "a"}, {}).status().code(),
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace vexaa::objects

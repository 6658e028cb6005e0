#include "runner/outcome.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;

class OutcomeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "outcome-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string Content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static jobs::RunOutcome Some() {
    jobs::RunOutcome outcome;
    outcome.attempt = {jobs::JobId(7), 2};
    outcome.token = "7.2.abc";
    outcome.reason = jobs::Reason::kSucceeded;
    outcome.message = "staged";
    return outcome;
  }

  fs::path folder_;
};

TEST_F(OutcomeTest, CanBeReadBack) {
  ASSERT_TRUE(WriteOutcome(folder_ / "outcome", Some()).ok());
  auto read = jobs::ParseRunOutcome(Content(folder_ / "outcome"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, Some());
}

TEST_F(OutcomeTest, ReplacesAFileByRenamingOverIt) {
  const fs::path path = folder_ / "outcome";
  std::ofstream(path) << "old";
  fs::create_hard_link(path, folder_ / "same-file");
  ASSERT_TRUE(WriteOutcome(path, Some()).ok());
  // Whoever had the old file open still has all of it.
  EXPECT_EQ(Content(folder_ / "same-file"), "old");
  EXPECT_FALSE(fs::exists(path.string() + ".tmp"));
}

TEST_F(OutcomeTest, LeavesTheOldFileWhenItCannotBeWritten) {
  const fs::path path = folder_ / "outcome";
  std::ofstream(path) << "old";
  fs::create_directory(path.string() + ".tmp");
  EXPECT_FALSE(WriteOutcome(path, Some()).ok());
  EXPECT_EQ(Content(path), "old");
}

TEST_F(OutcomeTest, IsWrittenInPlaceWhereNoFileCanBeRenamed) {
  const fs::path path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::string read;
  std::jthread reader([&] { read = Content(path); });
  EXPECT_TRUE(WriteOutcome(path, Some()).ok());
  reader.join();
  EXPECT_TRUE(jobs::ParseRunOutcome(read).ok());
  EXPECT_TRUE(fs::is_fifo(path));
}

TEST_F(OutcomeTest, SaysWhichFolderIsMissing) {
  auto status = WriteOutcome(folder_ / "none" / "outcome", Some());
  EXPECT_NE(status.message().find("none"), std::string::npos);
}

TEST(ProcessUsage, KnowsTimeAndMemory) {
  EXPECT_GT(MeasureProcess().peak_rss_bytes, 1u << 20);
}

}  // namespace
}  // namespace vexaa::runner

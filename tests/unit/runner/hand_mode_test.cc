#include "runner/hand_mode.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "lib/base/exit_code.h"

namespace vexaa::runner {
namespace {

class HandMode : public testing::Test {
 protected:
  HandMode()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("hand_mode." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~HandMode() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  base::ExitCode Make(const std::string& name,
                      const std::string& profile = "") {
    Arguments arguments;
    arguments.source = VEXAA_TESTDATA "/moov_first_aac.mp4";
    arguments.output = folder_ / name;
    arguments.profile = profile;
    arguments.quiet = true;
    auto settings = ReadSettings(
        [](const std::string&) -> std::optional<std::string> { return {}; });
    EXPECT_TRUE(settings.ok()) << settings.status();
    return RunByHand(arguments, *settings, {});
  }

  // The output's first 64 bytes.
  std::string Begin(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)), {});
    return bytes.substr(0, 64);
  }

 private:
  const std::filesystem::path folder_;
};

bool Has(const std::string& begin, const char* what) {
  return begin.find(what) != std::string::npos;
}

TEST_F(HandMode, MakesWhatTheOutputsExtensionSays) {
  const std::pair<const char*, const char*> kCases[] = {
      {"a.wav", "WAVE"},     {"a.flac", "fLaC"},     {"a.m4a", "ftypM4A"},
      {"a.mp4", "ftypM4A"},  {"a.opus", "OpusHead"}, {"a.ogg", "OpusHead"},
      {"a.oga", "OpusHead"}, {"a.mka", "matroska"},  {"a.mp3", "ID3"},
      {"a.bin", "ID3"},      {"plain", "ID3"}};
  for (auto [name, begin] : kCases) {
    ASSERT_EQ(Make(name), base::ExitCode::kOk) << name;
    EXPECT_TRUE(Has(Begin(name), begin)) << name;
  }
}

TEST_F(HandMode, PutsAProfileIntoTheContainerOfTheExtensionWhereItFits) {
  ASSERT_EQ(Make("a.ogg", "flac"), base::ExitCode::kOk);
  EXPECT_TRUE(Has(Begin("a.ogg"),
                  "\x7f"
                  "FLAC"));
  ASSERT_EQ(Make("a.mka", "wav"), base::ExitCode::kOk);
  EXPECT_TRUE(Has(Begin("a.mka"), "matroska"));
  ASSERT_EQ(Make("a.wav", "flac"), base::ExitCode::kOk);
  EXPECT_TRUE(Has(Begin("a.wav"), "fLaC"));
}

TEST_F(HandMode, CopiesIntoTheContainerOfTheExtension) {
  ASSERT_EQ(Make("a.m4a", "copy"), base::ExitCode::kOk);
  EXPECT_TRUE(Has(Begin("a.m4a"), "ftypM4A"));
  ASSERT_EQ(Make("b.mka", "copy"), base::ExitCode::kOk);
  EXPECT_TRUE(Has(Begin("b.mka"), "matroska"));
  EXPECT_EQ(Make("c.wav", "copy"), base::ExitCode::kData);
}

TEST_F(HandMode, KnowsNoProfileThatIsNotBuiltIn) {
  EXPECT_EQ(Make("a.mp3", "mp3-999k"), base::ExitCode::kUsage);
  EXPECT_TRUE(Begin("a.mp3").empty());
}

}  // namespace
}  // namespace vexaa::runner

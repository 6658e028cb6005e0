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
    return Make(arguments);
  }
  base::ExitCode Make(const Arguments& arguments) {
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

TEST_F(HandMode, MakesSeveralOutputsOfOneSource) {
  Arguments arguments;
  arguments.source = VEXAA_TESTDATA "/sample.mp4";
  arguments.output = folder_ / "talk.mp3";
  arguments.metadata = folder_ / "what.json";
  arguments.silence = folder_ / "silence.json";
  arguments.thumbnail = folder_ / "picture.jpg";
  arguments.options = R"({"duration":2})";
  arguments.options_json = R"({"loudness": true, "outputs": [{"uri": ")" +
                           (folder_ / "talk.flac").string() +
                           R"("}, {"profile": "wav"}, {"kind": "silence"}]})";
  testing::internal::CaptureStderr();
  EXPECT_EQ(Make(arguments), base::ExitCode::kOk);
  const std::string told = testing::internal::GetCapturedStderr();
  const std::pair<const char*, const char*> kBegins[] = {
      {"talk.mp3", "ID3"},
      {"talk.flac", "fLaC"},
      {"talk.wav.wav", "WAVE"},
      {"what.json", "\"format\""},
      {"silence.json", "\"rule\""},
      {"talk.silence.json", "\"rule\""},
      {"picture.jpg", "\xff\xd8\xff"}};
  for (auto [name, begin] : kBegins) {
    EXPECT_TRUE(Has(Begin(name), begin)) << name << "\n" << told;
    EXPECT_NE(told.find((folder_ / name).string() + ": "), std::string::npos)
        << name << "\n"
        << told;
  }
  EXPECT_NE(told.find("2.0 s of audio, "), std::string::npos) << told;
  EXPECT_NE(told.find(" LUFS"), std::string::npos) << told;
}

TEST_F(HandMode, MakesAnOutputOfEachTrack) {
  Arguments arguments;
  arguments.source = VEXAA_TESTDATA "/two_tracks.mkv";
  arguments.output = folder_ / "talk.wav";
  arguments.options = R"({"track":"all"})";
  arguments.quiet = true;
  EXPECT_EQ(Make(arguments), base::ExitCode::kOk);
  EXPECT_TRUE(Has(Begin("talk.track0.wav"), "WAVE"));
  EXPECT_TRUE(Has(Begin("talk.track1.wav"), "WAVE"));
}

TEST_F(HandMode, SaysWhatItSkipped) {
  Arguments arguments;
  arguments.source = VEXAA_TESTDATA "/moov_first_aac.mp4";
  arguments.output = folder_ / "talk.mp3";
  arguments.overwrite = objects::Overwrite::kKeepSame;
  EXPECT_EQ(Make(arguments), base::ExitCode::kOk);
  testing::internal::CaptureStderr();
  EXPECT_EQ(Make(arguments), base::ExitCode::kOk);
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("talk.mp3: skipped: a result of the same options is "
                      "there, "),
            std::string::npos)
      << told;
  EXPECT_EQ(told.find("0.0 s of audio"), std::string::npos) << told;
}

TEST_F(HandMode, RefusesOptionsThatAreSaidTwiceOrMakeNoSense) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"{\"start\": 1}", "both a flag and --options say 'start'"},
      {"[]", "--options must be a JSON object"},
      {"{\"sturt\": 1}", "unknown option 'sturt'"},
      {"{\"outputs\": [{\"uri\": \"-\"}]}", "cannot go to stdout"},
      {"{\"outputs\": [{\"profile\": \"wov\"}]}", "there is no profile 'wov'"},
      {"{\"outputs\": 3}", "must be a list"}};
  for (auto [json, sentence] : kWrong) {
    Arguments arguments;
    arguments.source = VEXAA_TESTDATA "/moov_first_aac.mp4";
    arguments.output = folder_ / "talk.mp3";
    arguments.options = R"({"start":0.5})";
    arguments.options_json = json;
    testing::internal::CaptureStderr();
    EXPECT_EQ(Make(arguments), base::ExitCode::kUsage) << json;
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_NE(told.find(sentence), std::string::npos) << told;
    EXPECT_TRUE(Begin("talk.mp3").empty());
  }
}

TEST_F(HandMode, KnowsNoProfileThatIsNotBuiltIn) {
  EXPECT_EQ(Make("a.mp3", "mp3-999k"), base::ExitCode::kUsage);
  EXPECT_TRUE(Begin("a.mp3").empty());
}

}  // namespace
}  // namespace vexaa::runner

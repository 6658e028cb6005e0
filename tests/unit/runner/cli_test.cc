#include "runner/cli.h"

#include <gtest/gtest.h>

namespace vexaa::runner {
namespace {

base::Result<ParsedArguments> Parse(std::vector<const char*> argv) {
  argv.insert(argv.begin(), "vexaa-runner");
  return ParseArguments(static_cast<int>(argv.size()), argv.data(), "9.8.7");
}

TEST(Cli, TakesSourceAndOutput) {
  auto parsed = Parse({"--source", "a.mp4", "--output", "a.mp3", "-q"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(parsed->arguments.by_hand());
  EXPECT_EQ(parsed->arguments.output, "a.mp3");
  EXPECT_TRUE(parsed->arguments.quiet);
  EXPECT_FALSE(parsed->arguments.overwrite);
}

TEST(Cli, TakesADashForStdout) {
  auto parsed = Parse({"--source", "a.mp4", "--output", "-"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->arguments.output, "-");
}

TEST(Cli, MeasuresLoudnessWhenAsked) {
  auto parsed = Parse({"--source", "a", "--output", "b", "--loudness"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(parsed->arguments.loudness);
}

TEST(Cli, TakesAPlaceToProbe) {
  auto parsed = Parse({"probe", "s3://videos/talk.mp4"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->arguments.probe, "s3://videos/talk.mp4");
  EXPECT_FALSE(Parse({"probe"}).ok());
  EXPECT_FALSE(Parse({"--source", "a", "--output", "b", "probe", "c"}).ok());
}

TEST(Cli, KnowsThreeWaysToMeetAnExistingOutput) {
  const std::pair<const char*, objects::Overwrite> kModes[] = {
      {"replace", objects::Overwrite::kOwnResults},
      {"skip", objects::Overwrite::kKeepSame},
      {"fail", objects::Overwrite::kNothing},
      {"overwrite", objects::Overwrite::kAnything}};
  for (auto [word, mode] : kModes) {
    auto parsed =
        Parse({"--source", "a", "--output", "b", "--if-exists", word});
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->arguments.overwrite, mode);
  }
}

TEST(Cli, TurnsFlagsIntoOptionsOfAJob) {
  auto parsed = Parse({"--source", "a", "--output", "b", "--track", "eng",
                       "--start", "1:02:03.5", "--duration", "90", "--bitrate",
                       "96k", "--channels", "1"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->arguments.options,
            "{\"track\":\"eng\",\"start\":3723.500000,"
            "\"duration\":90.000000,\"bitrate\":96000,\"channels\":1}");
  auto number = Parse({"--source", "a", "--output", "b", "--track", "00"});
  EXPECT_EQ(number->arguments.options, "{\"track\":0}");
}

TEST(Cli, TakesSideOutputsAndOptionsAsARowHasThem) {
  auto parsed = Parse({"--source", "a", "--output", "b", "--metadata", "m.json",
                       "--silence", "s.json", "--thumbnail", "t.jpg",
                       "--options", R"({"outputs": []})"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->arguments.metadata, "m.json");
  EXPECT_EQ(parsed->arguments.silence, "s.json");
  EXPECT_EQ(parsed->arguments.thumbnail, "t.jpg");
  EXPECT_EQ(parsed->arguments.options_json, R"({"outputs": []})");
}

TEST(Cli, RefusesWhatCannotBeMeantWithASentence) {
  const std::vector<std::vector<const char*>> kWrong = {
      {"--source", "a"},
      {"--output", "b"},
      {"--source", "a", "--output", "b", "--if-exists", "maybe"},
      {"--source", "a", "--output", "b", "--spec", "c"},
      {"--source", "a", "--output", "b", "--timeout", "-1"},
      {"--profile", "wav"},
      {"--track", "1"},
      {"--loudness"},
      {"--spec", "c", "--timeout", "5"},
      {"--if-exists", "skip"},
      {"--thumbnail", "a.jpg"},
      {"--options", "{}"},
      {"--source", "a", "--output", "b", "formats"},
      {"--loudness", "formats"},
      {"--source", "a", "--output", "b", "--track", "a\"b"},
      {"--sauce", "a"},
      {"a.mp4"}};
  for (const auto& argv : kWrong) {
    auto parsed = Parse(argv);
    ASSERT_FALSE(parsed.ok()) << argv[0];
    EXPECT_NE(parsed.status().message().find("--help"), std::string::npos);
  }
}

TEST(Cli, AnswersHelpWithFlagsProfilesAndVariables) {
  auto parsed = Parse({"--help"});
  ASSERT_TRUE(parsed.ok() && parsed->answer);
  for (const char* word :
       {"--source", "speech-16k", "VEXAA_STORES", "VEXAA_RUN_SPEC", "143"})
    EXPECT_NE(parsed->answer->find(word), std::string::npos) << word;
}

TEST(Cli, ListsFormatsForPeopleAndForTheDocumentation) {
  auto text = Parse({"formats"});
  ASSERT_TRUE(text.ok() && text->answer) << text.status();
  EXPECT_TRUE(text->answer->starts_with("codec "));
  auto markdown = Parse({"formats", "--markdown"});
  ASSERT_TRUE(markdown.ok() && markdown->answer) << markdown.status();
  EXPECT_TRUE(markdown->answer->starts_with("# Formats"));
}

TEST(Cli, AnswersItsVersion) {
  auto parsed = Parse({"--version"});
  ASSERT_TRUE(parsed.ok() && parsed->answer);
  EXPECT_EQ(*parsed->answer, "vexaa-runner 9.8.7\n");
}

}  // namespace
}  // namespace vexaa::runner

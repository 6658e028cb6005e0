#include "lib/jobs/run_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "lib/base/digest.h"

namespace vexaa::jobs {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

OutputResult ExampleOutput(int index) {
  return {.index = index,
          .upload_id = "2~abcdefghijklmnopqrstuvwxyz012345",
          .part_count = 10'000,
          .bytes = 167'772'160'000,
          .parts_digest = std::string(64, 'a'),
          .crc32 = "0123abcd",
          .sha256_parts = std::string(64, 'b'),
          .samples = 123'456'789'012,
          .duration_ms = 86'400'000,
          .track = 1,
          .language = "eng",
          .note = std::string(120, 'n'),
          .loudness = Loudness{-23.5, 12.5, -1.5},
          .gapless = false,
          .skipped = true};
}

RunOutcome ExampleOutcome(int outputs = 1) {
  RunOutcome outcome;
  outcome.attempt = {JobId(42), 2};
  outcome.token = "42.2.0123456789abcdef0123456789abcdef";
  outcome.reason = Reason::kSucceeded;
  outcome.message = "staged";
  outcome.source_etag = "\"0123456789abcdef0123456789abcdef-100\"";
  outcome.source_bytes = uint64_t{1} << 45;
  outcome.bytes_read = 5;
  outcome.cpu_ms = 6;
  outcome.peak_rss_bytes = 7;
  outcome.media_ms = 8;
  outcome.unknown_uploads = true;
  for (int i = 0; i < outputs; ++i) outcome.outputs.push_back(ExampleOutput(i));
  return outcome;
}

// The same text with a body changed and the checksum made to fit again: what
// a runner that was taken over could write.
std::string Forged(const std::string& from, const std::string& to) {
  std::string text = FormatRunOutcome(ExampleOutcome());
  std::string body = text.substr(0, text.rfind(",\"crc\":\"")) + "}";
  size_t at = body.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  body.replace(at, from.size(), to);
  std::string crc = base::Hex32(base::Crc32(base::AsBytes(body)));
  return body.substr(0, body.size() - 1) + ",\"crc\":\"" + crc + "\"}";
}

TEST(RunOutcome, IsReadBackAsItWasWritten) {
  for (int outputs : {0, 1, 2}) {
    RunOutcome outcome = ExampleOutcome(outputs);
    auto parsed = ParseRunOutcome(FormatRunOutcome(outcome));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, outcome);
  }
}

TEST(RunOutcome, CarriesEveryReason) {
  for (Reason reason : AllReasons()) {
    RunOutcome outcome = ExampleOutcome();
    outcome.reason = reason;
    EXPECT_EQ(ParseRunOutcome(FormatRunOutcome(outcome))->reason, reason);
  }
}

TEST(RunOutcome, IsOneLineThatMayEndInOne) {
  RunOutcome outcome = ExampleOutcome();
  outcome.message = "two\nlines, \"quoted\", ,\"crc\":\"00000000\"} and \x01";
  std::string text = FormatRunOutcome(outcome);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(*ParseRunOutcome(text + "\n"), outcome);
}

TEST(RunOutcome, NoticesEveryFlippedByte) {
  std::string text = FormatRunOutcome(ExampleOutcome());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] ^= 1;
    auto parsed = ParseRunOutcome(damaged);
    EXPECT_FALSE(parsed.ok()) << "at " << i;
    EXPECT_EQ(parsed.status().code(), base::Code::kDataLoss);
  }
}

TEST(RunOutcome, NoticesEveryCut) {
  std::string text = FormatRunOutcome(ExampleOutcome());
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(ParseRunOutcome(text.substr(0, size)).ok()) << size;
}

TEST(RunOutcome, CutsAHugeMessageToFit) {
  RunOutcome outcome = ExampleOutcome();
  outcome.message = "begin " + std::string(1'000'000, 'x');
  std::string text = FormatRunOutcome(outcome);
  EXPECT_LE(text.size(), kMaxOutcomeBytes);
  auto parsed = ParseRunOutcome(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->message, StartsWith("begin x"));
  EXPECT_GT(parsed->message.size(), 1'000u);
  EXPECT_EQ(parsed->outputs, outcome.outputs);
}

TEST(RunOutcome, CutsAMessageBetweenCharacters) {
  for (int shift = 0; shift < 4; ++shift) {
    RunOutcome outcome = ExampleOutcome();
    outcome.message = std::string(static_cast<size_t>(shift), 'x');
    for (int i = 0; i < 5'000; ++i) outcome.message += "ä";
    auto parsed = ParseRunOutcome(FormatRunOutcome(outcome));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->message.find("\xEF\xBF\xBD"), std::string::npos);
  }
}

TEST(RunOutcome, FitsWithEightOutputsAndAHugeMessage) {
  RunOutcome outcome = ExampleOutcome(8);
  outcome.message = std::string(100'000, '"');
  std::string text = FormatRunOutcome(outcome);
  EXPECT_LE(text.size(), kMaxOutcomeBytes);
  auto parsed = ParseRunOutcome(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  for (OutputResult& output : outcome.outputs) output.note.clear();
  EXPECT_EQ(parsed->outputs, outcome.outputs);
  EXPECT_EQ(parsed->token, outcome.token);
}

TEST(RunOutcome, FitsWithEightUploadIdsAsLongAsAmazons) {
  RunOutcome outcome = ExampleOutcome(8);
  for (OutputResult& output : outcome.outputs) {
    output.upload_id = std::string(128, 'u');
    output.skipped = false;
    output.gapless = true;
  }
  auto parsed = ParseRunOutcome(FormatRunOutcome(outcome));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->reason, Reason::kSucceeded);
  ASSERT_EQ(parsed->outputs.size(), 8u);
  EXPECT_EQ(parsed->outputs[7].upload_id, outcome.outputs[7].upload_id);
}

TEST(RunOutcome, SaysSoWhenItsOutputsCannotFit) {
  RunOutcome outcome = ExampleOutcome(8);
  for (OutputResult& output : outcome.outputs)
    output.upload_id = std::string(1'000, 'u');
  std::string text = FormatRunOutcome(outcome);
  EXPECT_LE(text.size(), kMaxOutcomeBytes);
  auto parsed = ParseRunOutcome(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->reason, Reason::kInternal);
  EXPECT_THAT(parsed->message, HasSubstr("too long to report"));
  EXPECT_EQ(parsed->token, outcome.token);
}

TEST(RunOutcome, CutsALanguageThatIsAStory) {
  RunOutcome outcome = ExampleOutcome();
  outcome.outputs[0].language = "en-and-a-long-story";
  auto parsed = ParseRunOutcome(FormatRunOutcome(outcome));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->outputs[0].language, "en-and-a-long-st");
}

TEST(RunOutcome, CutsAnEtagThatNoColumnHolds) {
  RunOutcome outcome = ExampleOutcome();
  outcome.source_etag = std::string(1'000, 'e');
  auto parsed = ParseRunOutcome(FormatRunOutcome(outcome));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->source_etag.size(), 255u);
}

TEST(RunOutcome, ReplacesBytesThatAreNotUtf8) {
  RunOutcome outcome = ExampleOutcome();
  outcome.message = "bad \xff byte";
  auto parsed = ParseRunOutcome(FormatRunOutcome(outcome));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->message, "bad \xEF\xBF\xBD byte");
}

TEST(RunOutcome, IsNotFooledByAFittingChecksum) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{
           {"\"job\":42", "\"job\":-1"},
           {"\"job\":42", "\"job\":1e300"},
           {"\"attempt\":2", "\"attempt\":99999999999"},
           {"\"attempt\":2", "\"attempt\":[2]"},
           {"\"read\":5", "\"read\":-5"},
           {"\"read\":5", "\"read\":18446744073709551616"},
           {"\"parts\":10000", "\"parts\":10001"},
           {"\"parts\":10000", "\"parts\":-1"},
           {"\"i\":0", "\"i\":8"},
           {"\"track\":1", "\"track\":70000"},
           {"\"crc32\":\"0123abcd\"", "\"crc32\":\"0123abcd0\""},
           {"\"crc32\":\"0123abcd\"", "\"crc32\":\"'; --\""},
           {"\"lang\":\"eng\"", "\"lang\":\"" + std::string(40, 'e') + "\""},
           {"\"outputs\":[", "\"outputs\":{},\"x\":["},
           {"\"message\":\"staged\"", "\"message\":null"}}) {
    auto parsed = ParseRunOutcome(Forged(from, to));
    EXPECT_FALSE(parsed.ok()) << to;
    EXPECT_EQ(parsed.status().code(), base::Code::kDataLoss) << to;
  }
}

TEST(RunOutcome, TakesAReasonItDoesNotKnowForInternal) {
  auto parsed = ParseRunOutcome(
      Forged("\"reason\":\"Succeeded\"", "\"reason\":\"Brilliant\""));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->reason, Reason::kInternal);
}

TEST(RunOutcome, RefusesMoreThanAnyRunnerWrites) {
  std::string text = Forged("\"message\":\"staged\"",
                            "\"message\":\"" + std::string(10'000, 'x') + "\"");
  EXPECT_FALSE(ParseRunOutcome(text).ok());
}

TEST(RunOutcome, RefusesADifferentVersion) {
  EXPECT_FALSE(ParseRunOutcome(Forged("\"v\":1", "\"v\":2")).ok());
}

TEST(RunProgress, IsReadBackAsItWasWritten) {
  auto parsed = ParseRunProgress(FormatRunProgress(
      {.percent = 12.345, .speed = 40, .media_seconds = 7.5, .bytes_read = 9}));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_DOUBLE_EQ(parsed->percent, 12.35);
  EXPECT_EQ(parsed->speed, 40);
  EXPECT_EQ(parsed->media_seconds, 7.5);
  EXPECT_EQ(parsed->bytes_read, 9u);
}

TEST(RunProgress, StaysReadableWhenANumberIsNone) {
  auto parsed = ParseRunProgress(
      FormatRunProgress({.percent = std::nan(""),
                         .speed = std::numeric_limits<double>::infinity()}));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->percent, 0);
  EXPECT_EQ(parsed->speed, 0);
}

TEST(RunProgress, NeverTellsMoreThanAll) {
  auto parsed = ParseRunProgress(FormatRunProgress(
      {.percent = 100.4, .speed = 1e30, .media_seconds = -1}));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->percent, 100);
  EXPECT_EQ(parsed->media_seconds, 0);
}

TEST(RunProgress, RefusesWhatTheTableCannotHold) {
  for (const char* text :
       {"", "{}", "[]", "null", "{\"percent\":1}",
        R"({"percent":101,"speed":1,"mediaSeconds":1,"bytesRead":1})",
        R"({"percent":-1,"speed":1,"mediaSeconds":1,"bytesRead":1})",
        R"({"percent":1,"speed":1e99,"mediaSeconds":1,"bytesRead":1})",
        R"({"percent":1,"speed":1,"mediaSeconds":1e12,"bytesRead":1})",
        R"({"percent":1,"speed":1,"mediaSeconds":1,"bytesRead":-1})",
        R"({"percent":1,"speed":1,"mediaSeconds":1,"bytesRead":1.5})",
        R"({"percent":"1","speed":1,"mediaSeconds":1,"bytesRead":1})"})
    EXPECT_FALSE(ParseRunProgress(text).ok()) << text;
}

}  // namespace
}  // namespace vexaa::jobs

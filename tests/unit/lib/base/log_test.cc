#include "lib/base/log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "lib/base/time_text.h"

namespace vexaa::base {
namespace {

using Json = nlohmann::json;

const Time kTime = *ParseRfc3339("2026-11-21T05:17:35.123456Z");

std::string JsonOf(std::string_view message, const LogFields& fields) {
  return FormatLogLine(LogFormat::kJson, LogLevel::kInfo, kTime, message,
                       fields);
}

std::string TextOf(std::string_view message, const LogFields& fields) {
  return FormatLogLine(LogFormat::kText, LogLevel::kWarn, kTime, message,
                       fields);
}

class FixedClock final : public Clock {
 public:
  Time Now() const override { return kTime; }
  Duration Elapsed() const override { return Duration(0); }
  bool Sleep(Duration, std::stop_token) override { return true; }
};

TEST(Log, WritesOneJsonObjectALine) {
  EXPECT_EQ(JsonOf("Job claimed", {{"jobId", uint64_t{7}}, {"attempt", 1}}),
            R"({"ts":"2026-11-21T05:17:35.123456Z","level":"info",)"
            R"("msg":"Job claimed","jobId":7,"attempt":1})");
}

TEST(Log, KeepsTheTypesOfFields) {
  Json line = Json::parse(
      JsonOf("x", {{"text", "5"},
                   {"yes", true},
                   {"share", 0.5},
                   {"minus", -1},
                   {"huge", std::numeric_limits<uint64_t>::max()},
                   {"error", Status(Code::kNotFound, "gone", "NoSuchKey")}}));
  EXPECT_EQ(line["text"], "5");
  EXPECT_EQ(line["yes"], true);
  EXPECT_EQ(line["share"], 0.5);
  EXPECT_EQ(line["minus"], -1);
  EXPECT_EQ(line["huge"], std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(line["error"], "NOT_FOUND(NoSuchKey): gone");
}

TEST(Log, EscapesWhatWouldBreakALine) {
  std::string odd = "a\nb\"c\\d\te\x01";
  std::string line = JsonOf(odd, {{"k\n", odd}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(Json::parse(line)["msg"], odd);
  EXPECT_EQ(Json::parse(line)["k\n"], odd);
}

TEST(Log, ReplacesBytesThatAreNotUtf8) {
  std::string line = JsonOf("x", {{"key", "a\xff\xc3(z"}, {"cut", "\xe2\x82"}});
  EXPECT_EQ(Json::parse(line)["key"], "a\xEF\xBF\xBD\xEF\xBF\xBD(z");
  EXPECT_TRUE(Json::accept(line));
  EXPECT_TRUE(Json::accept(JsonOf("\xff", {{"\xff", "x"}})));
}

TEST(Log, StaysJsonForNumbersThatJsonLacks) {
  EXPECT_TRUE(Json::accept(JsonOf("x", {{"nan", std::nan("")}})));
  EXPECT_TRUE(Json::accept(
      JsonOf("x", {{"infinite", std::numeric_limits<double>::infinity()}})));
}

TEST(Log, WritesTextForPeople) {
  EXPECT_EQ(
      TextOf("Retry planned", {{"jobId", 7}, {"reason", "a \"b\"\n"}}),
      "05:17:35.123 warn Retry planned jobId=7 reason=\"a \\\"b\\\"\\n\"");
}

TEST(Log, KnowsItsLevelsAndFormatsByName) {
  for (LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError})
    EXPECT_EQ(*ParseLogLevel(LogLevelName(level)), level);
  EXPECT_EQ(ParseLogLevel("loud").status().message(),
            "unknown log level 'loud'; use debug, info, warn or error");
  EXPECT_EQ(*ParseLogFormat("text"), LogFormat::kText);
  EXPECT_EQ(*ParseLogFormat("json"), LogFormat::kJson);
  EXPECT_FALSE(ParseLogFormat("JSON").ok());
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  std::ostringstream out;
  FixedClock clock;
  Logger log(out, LogFormat::kText, LogLevel::kWarn, clock);
  log.Debug("no");
  log.Info("no");
  log.Warn("yes");
  log.Error("yes");
  EXPECT_EQ(out.str(), "05:17:35.123 warn yes\n05:17:35.123 error yes\n");
}

TEST(Log, NeverMixesLinesOfThreads) {
  std::ostringstream out;
  FixedClock clock;
  Logger log(out, LogFormat::kJson, LogLevel::kInfo, clock);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&log] {
        for (int i = 0; i < 100; ++i) log.Info("Line written", {{"i", i}});
      });
  }
  std::istringstream lines(out.str());
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); ++count) EXPECT_TRUE(Json::accept(line));
  EXPECT_EQ(count, 400);
}

}  // namespace
}  // namespace vexaa::base

#include "lib/config/value_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ValueText, ReadsDurations) {
  EXPECT_EQ(*ParseDuration("30s"), 30s);
  EXPECT_EQ(*ParseDuration("1h30m"), 90min);
  EXPECT_EQ(*ParseDuration("1.5s"), 1500ms);
  EXPECT_EQ(*ParseDuration("250us"), 250us);
  EXPECT_EQ(*ParseDuration("2d"), 48h);
  EXPECT_EQ(*ParseDuration("0"), 0s);
}

TEST(ValueText, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "10", "s", "-1s", "1 s", "1x", "1s2", "1e9s",
                           "infs", "1..5s", "99999999999d", "1S", " 1s"})
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
}

TEST(ValueText, WritesDurationsAsItReadsThem) {
  for (const char* text : {"30s", "10m", "1h30m", "250us", "1s500ms", "0"})
    EXPECT_EQ(FormatDuration(*ParseDuration(text)), text);
}

TEST(ValueText, ReadsSizes) {
  EXPECT_EQ(*ParseBytes("4096"), 4096u);
  EXPECT_EQ(*ParseBytes("128Mi"), 128u << 20);
  EXPECT_EQ(*ParseBytes("1.5Gi"), 3u << 29);
  EXPECT_EQ(*ParseBytes("64k"), 64000u);
}

TEST(ValueText, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "Mi", "-1", "1 Mi", "1mb", "1KB", "1e3", "9999999Ti", "0x10"})
    EXPECT_FALSE(ParseBytes(text).ok()) << text;
}

TEST(ValueText, WritesSizesWithTheLargestWholeUnit) {
  EXPECT_EQ(FormatBytes(128 << 20), "128Mi");
  EXPECT_EQ(FormatBytes(1000), "1000");
  EXPECT_EQ(FormatBytes(0), "0");
}

TEST(ValueText, ReadsNumbersWhole) {
  EXPECT_EQ(*ParseWhole("-5"), -5);
  for (const char* text : {"", "1.0", "1x", " 1", "99999999999999999999"})
    EXPECT_FALSE(ParseWhole(text).ok()) << text;
  EXPECT_EQ(*ParseNumber("0.25"), 0.25);
  for (const char* text : {"", "nan", "inf", "1,5"})
    EXPECT_FALSE(ParseNumber(text).ok()) << text;
}

TEST(ValueText, SplitsListsAtCommas) {
  EXPECT_THAT(SplitList("a, b ,,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(SplitList(" , "), IsEmpty());
}

}  // namespace
}  // namespace vexaa::config

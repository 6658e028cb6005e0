#include "lib/base/time_text.h"

#include <gtest/gtest.h>

namespace vexaa::base {
namespace {

int64_t MicrosOf(std::string_view text) {
  auto time = ParseRfc3339(text);
  EXPECT_TRUE(time.ok()) << time.status();
  return time.ok() ? time->time_since_epoch().count() : -1;
}

TEST(TimeText, ReadsWhatServersWrite) {
  EXPECT_EQ(MicrosOf("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(MicrosOf("2026-11-21T05:17:35Z"), 1'795'238'255'000'000);
  EXPECT_EQ(MicrosOf("2026-11-21T05:17:35.5Z"), 1'795'238'255'500'000);
  EXPECT_EQ(MicrosOf("2026-11-21T05:17:35.123456789Z"), 1'795'238'255'123'456);
  EXPECT_EQ(MicrosOf("1969-12-31T23:59:59.999Z"), -1'000);
  EXPECT_EQ(MicrosOf("2024-02-29T00:00:00Z"), 1'709'164'800'000'000);
}

TEST(TimeText, WritesMicroseconds) {
  EXPECT_EQ(FormatRfc3339(Time(Duration(1'795'238'255'000'001))),
            "2026-11-21T05:17:35.000001Z");
  EXPECT_EQ(FormatRfc3339(Time(Duration(0))), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatRfc3339(Time(Duration(-1))), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeText, ReadsBackWhatItWrote) {
  for (int64_t micros : {int64_t{-1}, int64_t{0}, int64_t{999'999},
                         int64_t{1'795'238'255'123'456}})
    EXPECT_EQ(MicrosOf(FormatRfc3339(Time(Duration(micros)))), micros);
}

TEST(TimeText, RefusesWhatIsNoUtcTime) {
  using namespace std::literals;
  for (std::string_view text : {""sv,
                                "Z"sv,
                                "2026-11-21"sv,
                                "2026-11-21T05:17:35"sv,
                                "2026-11-21 05:17:35Z"sv,
                                "2026-11-21T05:17:35+01:00"sv,
                                "2026-11-21T05:17:35z"sv,
                                "2026-11-21T05:17:35.Z"sv,
                                "2026-11-21T05:17:35ZZ"sv,
                                " 2026-11-21T05:17:35Z"sv,
                                "2026-1-2T05:17:35Z"sv,
                                "2026-13-01T00:00:00Z"sv,
                                "2026-02-30T00:00:00Z"sv,
                                "2023-02-29T00:00:00Z"sv,
                                "2026-11-21T24:00:00Z"sv,
                                "2026-11-21T05:60:00Z"sv,
                                "2026-11-21T05:17:+5Z"sv,
                                "2026-11-21T05:17:35Z\0x"sv,
                                "2026-00-10T00:00:00Z"sv,
                                "yesterday"sv})
    EXPECT_FALSE(ParseRfc3339(text).ok()) << text;
}

}  // namespace
}  // namespace vexaa::base

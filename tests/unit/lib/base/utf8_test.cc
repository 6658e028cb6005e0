#include "lib/base/utf8.h"

#include <gtest/gtest.h>

namespace vexaa::base {
namespace {

TEST(Utf8, TakesCharactersOfEverySize) {
  for (const char* text :
       {"", "plain", "ä", "日本", "\U0001F3A7", "\x7f\xc2\x80\xdf\xbf",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(IsUtf8(text)) << text;
}

TEST(Utf8, RefusesBytesThatAreNoCharacters) {
  for (const char* text :
       {"\x80", "\xbf", "\xff", "\xfe", "a\xc3", "\xc3(", "\xe2\x82",
        "\xe2(\xa1", "\xf0\x9f\x8e", "\xf8\x88\x80\x80\x80"})
    EXPECT_FALSE(IsUtf8(text));
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatIsPastTheEnd) {
  for (const char* text :
       {"\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"})
    EXPECT_FALSE(IsUtf8(text));
}

TEST(Utf8, CutsBetweenCharacters) {
  std::string text = "aäb";
  CutUtf8(text, 10);
  EXPECT_EQ(text, "aäb");
  CutUtf8(text, 3);
  EXPECT_EQ(text, "aä");
  CutUtf8(text, 2);
  EXPECT_EQ(text, "a");
  CutUtf8(text, 0);
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace vexaa::base

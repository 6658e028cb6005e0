#include "lib/http/url.h"

#include <gtest/gtest.h>

namespace vexaa::http {
namespace {

TEST(Url, SplitsEveryPart) {
  auto url = ParseUrl("HTTPS://S3.Example.org:9000/a%20b/c?x=1&y");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "s3.example.org");
  EXPECT_EQ(url->port, 9000);
  EXPECT_EQ(url->path, "/a%20b/c");
  EXPECT_EQ(url->query, "x=1&y");
}

TEST(Url, LeavesTheUsualPortOutOfTheHostHeader) {
  EXPECT_EQ(Authority(*ParseUrl("http://h:80/")), "h");
  EXPECT_EQ(Authority(*ParseUrl("https://h:443/")), "h");
  EXPECT_EQ(Authority(*ParseUrl("http://h:443/")), "h:443");
}

TEST(Url, KeepsAnAddressOfVersionSixInBrackets) {
  auto url = ParseUrl("http://[::1]:8080/x");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(FormatUrl(*url), "http://[::1]:8080/x");
}

TEST(Url, FormatsWhatItParsed) {
  for (const char* text : {"http://h", "https://h/", "http://h:1/p?q=%2F"}) {
    auto url = ParseUrl(text);
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(FormatUrl(*url), text);
  }
}

TEST(Url, RefusesWhatIsNotPlainHttp) {
  for (const char* text :
       {"", "h/p", "ftp://h/", "file:///etc/passwd", "http://", "http:///p",
        "http://user@h/", "http://h:0/", "http://h:65536/", "http://h:x/",
        "http://h/a b", "http://h/#f", "http://[::1/", "http://h\r\n/",
        "http://[::1]x/"}) {
    EXPECT_FALSE(ParseUrl(text).ok()) << text;
  }
}

TEST(PercentEncoding, EscapesAllButUnreservedBytes) {
  EXPECT_EQ(PercentEncode("aZ09-._~", Slash::kEncode), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b+c/d\xC3\xA9", Slash::kEncode),
            "a%20b%2Bc%2Fd%C3%A9");
  EXPECT_EQ(PercentEncode("a/b", Slash::kKeep), "a/b");
}

TEST(PercentEncoding, DecodesWhatItEncoded) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(*PercentDecode(PercentEncode(all, Slash::kEncode)), all);
}

TEST(PercentEncoding, RefusesAHalfEscape) {
  EXPECT_FALSE(PercentDecode("100%").ok());
  EXPECT_FALSE(PercentDecode("%4").ok());
  EXPECT_FALSE(PercentDecode("%zz").ok());
  EXPECT_EQ(*PercentDecode("%41"), "A");
}

}  // namespace
}  // namespace vexaa::http

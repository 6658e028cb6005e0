#include "lib/jobs/location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/jobs/reason.h"

namespace vexaa::jobs {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;
using Kind = Location::Kind;

void ExpectRefused(std::string_view uri, const std::string& rule) {
  auto location = ParseLocation(uri);
  ASSERT_FALSE(location.ok()) << uri;
  EXPECT_EQ(ReasonOf(location.status()), Reason::kInvalidJob) << uri;
  EXPECT_THAT(location.status().message(), HasSubstr(rule)) << uri;
}

TEST(Location, TakesAnObject) {
  Location expected{Kind::kS3, "videos", "2026/talk.mp4"};
  EXPECT_EQ(*ParseLocation("s3://videos/2026/talk.mp4"), expected);
  EXPECT_EQ(FormatLocation(expected), "s3://videos/2026/talk.mp4");
}

TEST(Location, TakesAnS3KeyAsItIsWritten) {
  for (const char* key : {"a b", "100%", "a%20b", "a?b#c", "ä/日本.mp4", "..",
                          "a//b", "/a", "a+b&c=d;e", "'\"<>\\"}) {
    auto location = ParseLocation("s3://videos/"s + key);
    ASSERT_TRUE(location.ok()) << key;
    EXPECT_EQ(location->key, key);
    EXPECT_EQ(FormatLocation(*location), "s3://videos/"s + key);
  }
}

TEST(Location, RefusesOtherSchemes) {
  for (const char* uri :
       {"talk.mp4", "", "/v/talk.mp4", "http://x/y", "S3://videos/a", "s3:/v/a",
        "s3//videos/a", " s3://videos/a", "gs://b/k"})
    ExpectRefused(uri, "must start with s3:// or file://");
}

TEST(Location, RefusesWhatNamesNoObject) {
  for (const char* uri : {"s3://", "s3://videos", "s3://videos/"})
    ExpectRefused(uri, "names no object");
  ExpectRefused("s3://videos/folder/", "ends with a slash");
  ExpectRefused("file:///v/folder/", "ends with a slash");
  ExpectRefused("file:///", "ends with a slash");
}

TEST(Location, RefusesOddBuckets) {
  for (const char* bucket :
       {"ab", "Videos", "-abc", "abc-", ".abc", "abc.", "a_b", "a b", "a@host",
        "videos:80", "vid%65os",
        "a123456789012345678901234567890123456789012345678901234567890123"})
    ExpectRefused("s3://"s + bucket + "/key", "no valid bucket name");
  EXPECT_TRUE(ParseLocation("s3://a.b-1/key").ok());
}

TEST(Location, RefusesControlCharacters) {
  ExpectRefused("s3://videos/a\nb", "control character");
  ExpectRefused("s3://videos/a\0b"sv, "control character");
  ExpectRefused("s3://videos/a\x7f", "control character");
  ExpectRefused("file:///v/a%00b", "control character");
  ExpectRefused("file:///v/a%0Ab", "control character");
}

TEST(Location, RefusesNamesPastTheLimit) {
  std::string longest(1024, 'k');
  EXPECT_TRUE(ParseLocation("s3://videos/" + longest).ok());
  ExpectRefused("s3://videos/" + longest + "k", "longer than 1,024 bytes");
  ExpectRefused("file:///" + longest, "longer than 1,024 bytes");
}

TEST(Location, RefusesKeysThatAreNotUtf8) {
  ExpectRefused("s3://videos/a\xff", "not UTF-8");
  ExpectRefused("s3://videos/a\xc3", "not UTF-8");
  ExpectRefused("s3://videos/a\xc0\xaf", "not UTF-8");
  ExpectRefused("s3://videos/a\xed\xa0\x80", "not UTF-8");
  ExpectRefused("file:///v/a%FF", "not UTF-8");
  EXPECT_TRUE(ParseLocation("file:///v/%C3%A4").ok());
}

TEST(Location, ShowsOnlyTheBeginOfAHugeUri) {
  auto location = ParseLocation("x" + std::string(100'000, 'y'));
  EXPECT_LT(location.status().message().size(), 400u);
}

TEST(Location, TakesAFile) {
  Location expected{Kind::kFile, "", "/v/my talk.mp4"};
  EXPECT_EQ(*ParseLocation("file:///v/my%20talk.mp4"), expected);
  EXPECT_EQ(*ParseLocation("file:///v/my talk.mp4"), expected);
  EXPECT_EQ(FormatLocation(expected), "file:///v/my%20talk.mp4");
}

TEST(Location, RefusesFilesThatAreNotAbsolute) {
  for (const char* uri :
       {"file://", "file://talk.mp4", "file://host/talk.mp4", "file://../x"})
    ExpectRefused(uri, "must have an absolute path");
}

TEST(Location, RefusesPathsThatWander) {
  for (const char* uri :
       {"file:///v/../etc/passwd", "file:///v/./a", "file:///v//a",
        "file:///..", "file:///v/%2e%2e/a", "file:////v/a", "file:///v/a/.."})
    ExpectRefused(uri, "'.', '..' or an empty step");
  EXPECT_TRUE(ParseLocation("file:///v/..a/b..").ok());
}

TEST(Location, RefusesBrokenEscapes) {
  for (const char* uri :
       {"file:///v/100%", "file:///v/%4", "file:///v/%zz", "file:///v/%-1"})
    ExpectRefused(uri, "broken percent escape");
}

TEST(Location, ReadsBackEveryPathItWrites) {
  for (const char* key : {"/a", "/a b", "/100%", "/a%20b", "/ä/日本.mp4",
                          "/a?b#c", "/'\"<>\\&;"}) {
    Location location{Kind::kFile, "", key};
    auto again = ParseLocation(FormatLocation(location));
    ASSERT_TRUE(again.ok()) << key;
    EXPECT_EQ(*again, location);
  }
}

}  // namespace
}  // namespace vexaa::jobs

#include "lib/objects/s3_response.h"

#include <gtest/gtest.h>

#include "lib/objects/part_list.h"
#include "lib/objects/s3_error.h"
#include "lib/objects/s3_request.h"

namespace vexaa::objects {
namespace {

using base::Code;

TEST(S3Response, ReadsAListOfParts) {
  auto page = ParseParts(
      "<?xml version=\"1.0\"?><ListPartsResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<NextPartNumberMarker>2</NextPartNumberMarker>"
      "<IsTruncated>true</IsTruncated>"
      "<Part><PartNumber>1</PartNumber><ETag>&quot;aa&quot;</ETag>"
      "<Size>5242880</Size></Part>"
      "<Part><PartNumber>2</PartNumber><ETag>\"bb\"</ETag><Size>7</Size></Part>"
      "</ListPartsResult>");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->parts.size(), 2u);
  EXPECT_EQ(page->parts[0].etag, "aa");
  EXPECT_EQ(page->parts[1].etag, "bb");
  EXPECT_EQ(page->parts[1].size_bytes, 7u);
  EXPECT_EQ(page->next_after, 2);
}

TEST(PartList, KnowsTheEtagOfTheObjectMadeOfIt) {
  const std::string first = "5d41402abc4b2a76b9719d911017c592";
  const std::string second = "7d793037a0760186574b0282f2f435e7";
  EXPECT_EQ(MultipartEtag({{1, first, 5}}),
            "62109206880d38a4010a98e11243924a-1");
  EXPECT_EQ(MultipartEtag({{1, first, 5}, {2, second, 5}}),
            "065947336a2f2a95ba8899f3675c3be6-2");
  EXPECT_EQ(MultipartEtag({{1, first, 5}, {2, "aa", 5}}), "");
  EXPECT_EQ(MultipartEtag({{1, std::string(32, 'x'), 5}}), "");
}

TEST(S3Response, ReadsAListOfUploads) {
  auto page = ParseUploads(
      "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
      "<Upload><Key>a &amp; b</Key><UploadId>2~x</UploadId>"
      "<Initiated>2026-11-21T05:50:59.280Z</Initiated></Upload>"
      "<Upload><Key> </Key><UploadId>2~y</UploadId></Upload>"
      "</ListMultipartUploadsResult>");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->uploads.size(), 2u);
  EXPECT_EQ(page->uploads[0].key, "a & b");
  EXPECT_EQ(page->uploads[0].upload.upload_id, "2~x");
  EXPECT_EQ(page->uploads[1].key, " ");
  EXPECT_FALSE(page->truncated);
}

TEST(S3Response, RefusesWhatIsNotTheAnswer) {
  for (const char* body : {"", "<html><body>login</body></html>", "{}",
                           "<ListPartsResult><Part/></ListPartsResult>"}) {
    EXPECT_EQ(ParseParts(body).status().code(), Code::kDataLoss) << body;
    EXPECT_FALSE(ParseUploadId(body).ok()) << body;
    EXPECT_FALSE(ParseCompleted(body).ok()) << body;
  }
}

TEST(S3Response, ExpandsNoEntityOfTheServer) {
  auto id = ParseUploadId(
      "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
      "<InitiateMultipartUploadResult><UploadId>&e;</UploadId>"
      "</InitiateMultipartUploadResult>");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, "&e;");
}

TEST(S3Response, ReadsMetadataByItsName) {
  http::Response response{200,
                          {{"content-length", "12"},
                           {"etag", "\"abc-2\""},
                           {"x-amz-meta-vexaa-token", "7.1.ab"}},
                          ""};
  auto info = ParseInfo(response);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->size_bytes, 12u);
  EXPECT_EQ(info->etag, "\"abc-2\"");
  EXPECT_EQ(info->metadata["vexaa-token"], "7.1.ab");
}

TEST(S3Response, ReadsContentRanges) {
  auto range = ParseContentRange("bytes 5-9/100");
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_EQ(range->first, 5u);
  EXPECT_EQ(range->last, 9u);
  EXPECT_EQ(range->total, 100u);
  EXPECT_TRUE(ParseContentRange("bytes 0-0/*").ok());
  for (const char* text : {"", "bytes */100", "bytes 9-5/100", "items 0-1/2",
                           "bytes 0-99999999999999999999/1"}) {
    EXPECT_FALSE(ParseContentRange(text).ok()) << text;
  }
}

TEST(S3Response, ReadsTheServersDate) {
  auto date = ParseHttpDate("Fri, 24 May 2013 00:00:00 GMT");
  ASSERT_TRUE(date.has_value());
  EXPECT_EQ(date->time_since_epoch(), std::chrono::seconds(1369353600));
  EXPECT_FALSE(ParseHttpDate("yesterday").has_value());
}

Code CodeOf(int http_status, std::string code) {
  return ToStatus({http_status, std::move(code), ""}).code();
}

TEST(S3Error, MapsCodesOfTheStore) {
  EXPECT_EQ(CodeOf(404, "NoSuchKey"), Code::kNotFound);
  EXPECT_EQ(CodeOf(403, "AccessDenied"), Code::kPermissionDenied);
  EXPECT_EQ(CodeOf(412, "PreconditionFailed"), Code::kFailedPrecondition);
  EXPECT_EQ(CodeOf(503, "SlowDown"), Code::kUnavailable);
  EXPECT_EQ(CodeOf(500, "InternalError"), Code::kUnavailable);
  EXPECT_EQ(CodeOf(400, "RequestTimeout"), Code::kUnavailable);
  EXPECT_EQ(CodeOf(400, "MalformedXML"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(307, ""), Code::kInvalidArgument);
}

TEST(S3Error, MapsAnswersWithoutABody) {
  EXPECT_EQ(CodeOf(404, ""), Code::kNotFound);
  EXPECT_EQ(CodeOf(403, ""), Code::kPermissionDenied);
  EXPECT_EQ(CodeOf(503, ""), Code::kUnavailable);
  EXPECT_EQ(CodeOf(599, ""), Code::kUnavailable);
  EXPECT_EQ(ToStatus({404, "", ""}).detail(), "NotFound");
}

TEST(PartList, DescribesPartsInAnyOrder) {
  Part one{1, "aa", 10}, two{2, "bb", 5};
  auto staged = Describe({two, one});
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_EQ(staged->part_count, 2);
  EXPECT_EQ(staged->size_bytes, 15u);
  EXPECT_EQ(*staged, *Describe({one, two}));
  // printf '1 aa 10\n2 bb 5\n' | sha256sum
  EXPECT_EQ(staged->digest,
            "e11d8175d42dc598cc170588245330953835867aefc8d8c33b9ea60f553aa635");
}

TEST(PartList, RefusesAGapOrATwin) {
  EXPECT_EQ(Describe({{1, "a", 1}, {3, "c", 1}}).status().code(),
            Code::kFailedPrecondition);
  EXPECT_EQ(Describe({{1, "a", 1}, {1, "b", 1}}).status().code(),
            Code::kFailedPrecondition);
}

TEST(S3Request, RefusesKeysThatChangeOnTheWay) {
  EXPECT_TRUE(CheckKey("a/b c/.d/..e/f..").ok());
  for (const std::string& key :
       {std::string(), std::string("a/../b"), std::string("."),
        std::string("a/."), std::string("a\nb"), std::string(1025, 'x')}) {
    EXPECT_EQ(CheckKey(key).code(), Code::kInvalidArgument) << key;
  }
}

TEST(S3Request, PutsTheBucketIntoTheHostWhenAsked) {
  S3Endpoint endpoint{.url = *http::ParseUrl("https://s3.example.org"),
                      .region = "eu-1",
                      .addressing = Addressing::kVirtualHost};
  auto request =
      BuildRequest(endpoint, {.method = "GET", .path = {"videos", "a b"}},
                   {"a", "s", ""}, base::Time());
  EXPECT_EQ(request.url, "https://videos.s3.example.org/a%20b");
}

TEST(S3Request, LeavesPartsUnsignedOnlyOverTls) {
  auto hash = [](const char* url, bool is_part) {
    S3Endpoint endpoint{.url = *http::ParseUrl(url), .region = "r"};
    auto request = BuildRequest(
        endpoint, {.method = "PUT", .path = {"b", "k"}, .is_part = is_part},
        {"a", "s", ""}, base::Time());
    for (const auto& [name, value] : request.headers) {
      if (name == "x-amz-content-sha256") return value;
    }
    return std::string();
  };
  EXPECT_EQ(hash("https://h", true), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(hash("http://h", true).size(), 64u);
  EXPECT_EQ(hash("https://h", false).size(), 64u);
}

}  // namespace
}  // namespace vexaa::objects

#include "lib/objects/s3_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/time_text.h"
#include "lib/objects/s3_response.h"

namespace vexaa::objects {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

const Credentials kKeys{"AK", "SK", "token"};

std::string Find(const http::Request& request, const std::string& name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return "";
}

http::Request Build(const S3Endpoint& endpoint, const S3Call& call) {
  return BuildRequest(endpoint, call, kKeys,
                      *base::ParseRfc3339("2026-11-21T10:00:00Z"));
}

TEST(BuildRequest, PutsTheBucketIntoThePath) {
  S3Endpoint endpoint{.url = *http::ParseUrl("https://s3.test:9000/below"),
                      .region = "r"};
  EXPECT_EQ(Build(endpoint, {.method = "GET", .path = {"b", "a b/c"}}).url,
            "https://s3.test:9000/below/b/a%20b/c");
  EXPECT_EQ(Build(endpoint, {.method = "GET", .path = {"b", ""}}).url,
            "https://s3.test:9000/below/b");
}

TEST(BuildRequest, PutsTheBucketIntoTheHost) {
  S3Endpoint endpoint{.url = *http::ParseUrl("https://s3.test:9000"),
                      .region = "r",
                      .addressing = Addressing::kVirtualHost};
  http::Request request =
      Build(endpoint, {.method = "GET", .path = {"b", "a b/c"}});
  EXPECT_EQ(request.url, "https://b.s3.test:9000/a%20b/c");
  EXPECT_EQ(Find(request, "host"), "b.s3.test:9000");
  EXPECT_EQ(
      Build(endpoint,
            {.method = "GET", .path = {"b", ""}, .query = {{"uploads", ""}}})
          .url,
      "https://b.s3.test:9000/?uploads=");
}

TEST(BuildRequest, SignsEveryHeaderOfAnUpload) {
  S3Endpoint endpoint{.url = *http::ParseUrl("https://s3.test"), .region = "r"};
  StageOptions options;
  options.content_type = "audio/mpeg";
  options.metadata = {{"vexaa-token", "7.1"}};
  UploadHeaders upload{.sse = "aws:kms",
                       .sse_kms_key_id = "arn:aws:kms:r:1:key/k",
                       .acl = "bucket-owner-full-control",
                       .storage_class = "STANDARD_IA"};
  http::Request request = Build(
      endpoint, {.method = "POST",
                 .path = {"b", "k"},
                 .query = {{"uploads", ""}},
                 .headers = StageHeaders(options, upload, Dialect::kAmazon)});
  EXPECT_EQ(Find(request, "x-amz-server-side-encryption"), "aws:kms");
  EXPECT_EQ(Find(request, "x-amz-storage-class"), "STANDARD_IA");
  EXPECT_THAT(
      Find(request, "authorization"),
      HasSubstr("SignedHeaders=content-type;host;x-amz-acl;"
                "x-amz-content-sha256;x-amz-date;x-amz-meta-vexaa-token;"
                "x-amz-security-token;x-amz-server-side-encryption;"
                "x-amz-server-side-encryption-aws-kms-key-id;"
                "x-amz-storage-class,"));
}

TEST(BuildRequest, SpeaksToGoogleInItsOwnNamesAlone) {
  S3Endpoint endpoint{.url = *http::ParseUrl("https://storage.googleapis.com"),
                      .region = "auto",
                      .addressing = Addressing::kVirtualHost,
                      .dialect = Dialect::kGoogle};
  StageOptions options;
  options.metadata = {{"vexaa-token", "7.1"}};
  UploadHeaders upload{.sse = "",
                       .sse_kms_key_id = "projects/p/cryptoKeys/k",
                       .acl = "private",
                       .storage_class = "NEARLINE"};
  http::Request request = Build(
      endpoint, {.method = "POST",
                 .path = {"b", "k"},
                 .query = {{"uploads", ""}},
                 .headers = StageHeaders(options, upload, Dialect::kGoogle)});
  std::vector<std::string> own;
  for (const auto& [name, value] : request.headers) {
    EXPECT_FALSE(name.starts_with("x-amz-")) << name;
    if (name.starts_with("x-goog-")) own.push_back(name.substr(7));
  }
  EXPECT_THAT(own,
              UnorderedElementsAre("date", "content-sha256", "security-token",
                                   "acl", "storage-class", "meta-vexaa-token",
                                   "encryption-kms-key-name"));
  EXPECT_THAT(Find(request, "authorization"),
              HasSubstr("/auto/storage/goog4_request,"));
}

TEST(ParseInfo, ReadsMetadataUnderTheStoresOwnNames) {
  http::Response answer{.status = 200,
                        .headers = {{"content-length", "1"},
                                    {"etag", "e"},
                                    {"x-goog-meta-vexaa-token", "7.1"}},
                        .body = ""};
  EXPECT_EQ(ParseInfo(answer, Dialect::kGoogle)->metadata.at("vexaa-token"),
            "7.1");
  EXPECT_TRUE(ParseInfo(answer, Dialect::kAmazon)->metadata.empty());
}

}  // namespace
}  // namespace vexaa::objects

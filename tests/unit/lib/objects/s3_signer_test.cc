// AWS's published vectors: the Signature Version 4 test suite (service
// "service") and the examples of the S3 documentation.
#include "lib/objects/s3_signer.h"

#include <gtest/gtest.h>

#include "lib/base/digest.h"
#include "lib/base/time_text.h"
#include "lib/http/url.h"

namespace vexaa::objects {
namespace {

const Credentials kSuiteKeys{"AKIDEXAMPLE",
                             "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const SigningScope kSuiteScope{"us-east-1", "service"};
const Credentials kS3Keys{"AKIAIOSFODNN7EXAMPLE",
                          "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const SigningScope kS3Scope{"us-east-1", "s3"};

base::Time Time(const char* text) { return *base::ParseRfc3339(text); }

std::string HashOf(std::string_view text) {
  return base::Hex(base::Sha256(base::AsBytes(text)));
}

std::string SignatureOf(const std::string& authorization) {
  return authorization.substr(authorization.find("Signature=") + 10);
}

SigningInput SuiteInput(std::string method, std::vector<QueryItem> query) {
  return {.method = std::move(method),
          .path = "/",
          .query = std::move(query),
          .headers = {{"Host", "example.amazonaws.com"},
                      {"X-Amz-Date", "20150830T123600Z"}},
          .payload_hash = HashOf("")};
}

std::string SignSuite(const SigningInput& input) {
  return SignatureOf(Authorization(input, kSuiteScope, kSuiteKeys,
                                   Time("2015-08-30T12:36:00Z")));
}

TEST(SignatureVectors, GetVanilla) {
  SigningInput input = SuiteInput("GET", {});
  EXPECT_EQ(CanonicalRequest(input),
            "GET\n/\n\nhost:example.amazonaws.com\n"
            "x-amz-date:20150830T123600Z\n\nhost;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Authorization(input, kSuiteScope, kSuiteKeys,
                          Time("2015-08-30T12:36:00Z")),
            "AWS4-HMAC-SHA256 "
            "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature="
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SignatureVectors, PostVanilla) {
  EXPECT_EQ(SignSuite(SuiteInput("POST", {})),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(SignatureVectors, GetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(SignSuite(SuiteInput("GET",
                                 {{"Param2", "value2"}, {"Param1", "value1"}})),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SignatureVectors, GetVanillaUtf8Query) {
  EXPECT_EQ(SignSuite(SuiteInput("GET", {{"\xE1\x88\xB4", "bar"}})),
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
}

TEST(SignatureVectors, PostFormUrlEncoded) {
  SigningInput input = SuiteInput("POST", {});
  input.headers.emplace_back("Content-Type",
                             "application/x-www-form-urlencoded");
  input.payload_hash = HashOf("Param1=value1");
  EXPECT_EQ(SignSuite(input),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

// One of the suite's requests: what differs from a plain GET of "/".
struct SuiteVector {
  const char* name;
  std::string method;
  std::string path;  // as on the wire; S3 never normalises one
  std::vector<QueryItem> query;
  std::vector<http::Header> headers;
  std::string signature;
};

const std::string kUnreserved =
    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const std::string kSuiteToken =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHG"
    "BuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/"
    "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9H"
    "FvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+"
    "scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

const std::vector<SuiteVector>& SuiteVectors() {
  static const std::vector<SuiteVector> kVectors = {
      {"get-header-key-duplicate",
       "GET",
       "/",
       {},
       {{"My-Header1", "value2"},
        {"My-Header1", "value2"},
        {"My-Header1", "value1"}},
       "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
      {"get-header-value-multiline",
       "GET",
       "/",
       {},
       {{"My-Header1", "value1"},
        {"My-Header1", "value2"},
        {"My-Header1", "value3"}},
       "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790"},
      {"get-header-value-order",
       "GET",
       "/",
       {},
       {{"My-Header1", "value4"},
        {"My-Header1", "value1"},
        {"My-Header1", "value3"},
        {"My-Header1", "value2"}},
       "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
      {"get-header-value-trim",
       "GET",
       "/",
       {},
       {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
       "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {"get-unreserved",
       "GET",
       "/" + kUnreserved,
       {},
       {},
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"get-utf8",
       "GET",
       "/" + http::PercentEncode("\xE1\x88\xB4", http::Slash::kKeep),
       {},
       {},
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"get-space",
       "GET",
       http::PercentEncode("/example space/", http::Slash::kKeep),
       {},
       {},
       "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
      {"get-slash-pointless-dot, normalised",
       "GET",
       "/example",
       {},
       {},
       "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
      {"get-slashes, normalised",
       "GET",
       "/example/",
       {},
       {},
       "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
      {"get-vanilla-empty-query-key",
       "GET",
       "/",
       {{"Param1", "value1"}},
       {},
       "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
      {"get-vanilla-query",
       "GET",
       "/",
       {},
       {},
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-vanilla-query-order-key",
       "GET",
       "/",
       {{"Param1", "value2"}, {"Param1", "Value1"}},
       {},
       "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
      {"get-vanilla-query-order-value",
       "GET",
       "/",
       {{"Param1", "value2"}, {"Param1", "value1"}},
       {},
       "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
      {"get-vanilla-query-unreserved",
       "GET",
       "/",
       {{kUnreserved, kUnreserved}},
       {},
       "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
      {"post-header-key-sort",
       "POST",
       "/",
       {},
       {{"My-Header1", "value1"}},
       "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
      {"post-header-value-case",
       "POST",
       "/",
       {},
       {{"My-Header1", "VALUE1"}},
       "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
      {"post-sts-header-before",
       "POST",
       "/",
       {},
       {{"X-Amz-Security-Token", kSuiteToken}},
       "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
      {"post-vanilla-query",
       "POST",
       "/",
       {{"Param1", "value1"}},
       {},
       "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"}};
  return kVectors;
}

TEST(SignatureVectors, TheRestOfTheSuite) {
  for (const SuiteVector& vector : SuiteVectors()) {
    SigningInput input = SuiteInput(vector.method, vector.query);
    input.path = vector.path;
    input.headers.insert(input.headers.end(), vector.headers.begin(),
                         vector.headers.end());
    EXPECT_EQ(SignSuite(input), vector.signature) << vector.name;
  }
}

TEST(SignatureVectors, PostFormUrlEncodedParameters) {
  SigningInput input = SuiteInput("POST", {});
  input.headers.emplace_back("Content-Type",
                             "application/x-www-form-urlencoded; charset=utf8");
  input.payload_hash = HashOf("Param1=value1");
  EXPECT_EQ(SignSuite(input),
            "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe");
}

// Made by another implementation of Google's scheme.
TEST(Signer, SpeaksGooglesDialect) {
  SigningInput input{.method = "GET",
                     .path = "/foo/bar",
                     .query = {},
                     .headers = {{"host", "example.com"},
                                 {"x-goog-content-sha256", "UNSIGNED-PAYLOAD"},
                                 {"x-goog-date", "20241121T023539Z"}},
                     .payload_hash = std::string(kUnsignedPayload)};
  EXPECT_EQ(Authorization(input, StorageScope(Dialect::kGoogle, "auto"),
                          {"XXXXX", "YYYYY", ""}, Time("2024-11-21T02:35:39Z")),
            "GOOG4-HMAC-SHA256 "
            "Credential=XXXXX/20241121/auto/storage/goog4_request, "
            "SignedHeaders=host;x-goog-content-sha256;x-goog-date, Signature="
            "528346f587a0b46433f92d583f3148b88a5117bf26131f328553789feb433028");
}

SigningInput S3Input(std::string method, std::string path,
                     std::vector<QueryItem> query) {
  return {.method = std::move(method),
          .path = std::move(path),
          .query = std::move(query),
          .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                      {"x-amz-content-sha256", HashOf("")},
                      {"x-amz-date", "20130524T000000Z"}},
          .payload_hash = HashOf("")};
}

std::string SignS3(const SigningInput& input) {
  return SignatureOf(
      Authorization(input, kS3Scope, kS3Keys, Time("2013-05-24T00:00:00Z")));
}

TEST(SignatureVectors, S3GetObjectWithRange) {
  SigningInput input = S3Input("GET", "/test.txt", {});
  input.headers.emplace_back("Range", "bytes=0-9");
  EXPECT_EQ(SignS3(input),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SignatureVectors, S3PutObject) {
  std::string hash = HashOf("Welcome to Amazon S3.");
  SigningInput input = S3Input("PUT", "/test%24file.text", {});
  input.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                   {"host", "examplebucket.s3.amazonaws.com"},
                   {"x-amz-content-sha256", hash},
                   {"x-amz-date", "20130524T000000Z"},
                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  input.payload_hash = hash;
  EXPECT_EQ(SignS3(input),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SignatureVectors, S3GetBucketLifecycle) {
  EXPECT_EQ(SignS3(S3Input("GET", "/", {{"lifecycle", ""}})),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SignatureVectors, S3ListObjects) {
  EXPECT_EQ(SignS3(S3Input("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}})),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Signer, CollapsesBlanksInHeaderValues) {
  SigningInput input = SuiteInput("GET", {});
  input.headers.emplace_back("My-Header", "  a   b \t c  ");
  EXPECT_NE(CanonicalRequest(input).find("my-header:a b c\n"),
            std::string::npos);
}

TEST(Signer, SortsTheQueryByItsEncodedForm) {
  EXPECT_EQ(CanonicalQuery(
                {{"uploadId", "a/b+c"}, {"partNumber", "1"}, {"uploads", ""}}),
            "partNumber=1&uploadId=a%2Fb%2Bc&uploads=");
}

}  // namespace
}  // namespace vexaa::objects

// AWS's published vectors: the Signature Version 4 test suite (service
// "service") and the examples of the S3 documentation.
#include "lib/objects/s3_signer.h"

#include <gtest/gtest.h>

#include "lib/base/digest.h"
#include "lib/base/time_text.h"

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

// Where keys come from, in which order, and what each source does when it is
// broken. No source may be followed by a wider one.
#include "lib/objects/credential_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "lib/base/digest.h"
#include "lib/base/time_text.h"
#include "lib/jobs/reason.h"
#include "tests/fakes/fake_http_transport.h"
#include "tests/unit/lib/objects/manual_clock.h"

namespace vexaa::objects {
namespace {

using base::Code;
using ::testing::HasSubstr;
using ::testing::Not;

class CredentialChainTest : public ::testing::Test {
 protected:
  CredentialChainTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("vexaa-test-" + base::RandomHex(6))) {
    std::filesystem::create_directories(folder_);
    store_.name = "main";
    store_.provider = Provider::kAws;
    store_.region = "eu-west-1";
    variables_ = {{"AWS_EC2_METADATA_DISABLED", "true"}};
  }
  ~CredentialChainTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  void Set(const std::string& name, const std::string& value) {
    variables_[name] = value;
  }
  void SetKeys() {
    Set("AWS_ACCESS_KEY_ID", "env");
    Set("AWS_SECRET_ACCESS_KEY", "env-secret");
  }
  void SetWebIdentity() {
    Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/vexaa");
    Set("AWS_WEB_IDENTITY_TOKEN_FILE", File("token", "a.b+c\n"));
  }
  void SetContainer() {
    Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/keys");
    Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", File("auth", "pod-token\n"));
  }
  void SetFiles() {
    store_.files = {File("access", "file"), File("secret", "x"), ""};
  }
  void AllowInstance() { variables_.erase("AWS_EC2_METADATA_DISABLED"); }

  base::Result<Credentials> Keys() {
    auto source = ChooseCredentials(
        store_,
        [this](const std::string& name) -> std::optional<std::string> {
          auto found = variables_.find(name);
          if (found == variables_.end()) return std::nullopt;
          return found->second;
        },
        http_, clock_);
    RETURN_IF_ERROR(source.status());
    source_ = std::move(*source);
    return source_->Current({});
  }
  std::string Key() {
    auto keys = Keys();
    return keys.ok() ? keys->access_key : keys.status().message();
  }
  // The error of a source that is set up wrongly; nobody else was asked.
  std::string Broken() {
    auto keys = Keys();
    EXPECT_EQ(jobs::ReasonOf(keys.status()), jobs::Reason::kInvalidConfig)
        << keys.status();
    return keys.status().message();
  }
  std::string Until(std::chrono::minutes lasts) {
    return base::FormatRfc3339(clock_.Now() + lasts);
  }
  void AnswerJson(const std::string& key) {
    http_.Answer(200, R"({"Code":"Success","AccessKeyId":")" + key +
                          R"(","SecretAccessKey":"s","Token":"t",)" +
                          R"("Expiration":")" + Until(std::chrono::hours(6)) +
                          "\"}");
  }
  void AnswerSts(const std::string& key) {
    http_.Answer(200,
                 "<AssumeRoleWithWebIdentityResponse xmlns=\"https://"
                 "sts.amazonaws.com/doc/2011-06-15/\">"
                 "<AssumeRoleWithWebIdentityResult><Credentials>"
                 "<AccessKeyId>" +
                     key +
                     "</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                     "<SessionToken>t</SessionToken><Expiration>" +
                     Until(std::chrono::hours(1)) +
                     "</Expiration></Credentials>"
                     "</AssumeRoleWithWebIdentityResult>"
                     "</AssumeRoleWithWebIdentityResponse>");
  }

  const std::filesystem::path folder_;
  StoreConfig store_;
  std::map<std::string, std::string> variables_;
  http::FakeHttpTransport http_;
  ManualClock clock_;
  std::unique_ptr<CredentialSource> source_;
};

TEST_F(CredentialChainTest, TakesFilesBeforeAllElse) {
  SetFiles();
  SetKeys();
  SetWebIdentity();
  SetContainer();
  AllowInstance();
  EXPECT_EQ(Key(), "file");
}

TEST_F(CredentialChainTest, TakesTheEnvironmentNext) {
  SetKeys();
  Set("AWS_SESSION_TOKEN", "session");
  SetWebIdentity();
  SetContainer();
  EXPECT_EQ(*Keys(), (Credentials{"env", "env-secret", "session"}));
}

TEST_F(CredentialChainTest, TakesTheWebIdentityNext) {
  SetWebIdentity();
  SetContainer();
  AnswerSts("web");
  EXPECT_EQ(*Keys(), (Credentials{"web", "s", "t"}));
  auto sent = http_.sent().at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(sent.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn="
            "arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fvexaa&RoleSessionName=vexaa"
            "&WebIdentityToken=a.b%2Bc");
}

TEST_F(CredentialChainTest, TakesTheContainersEndpointNext) {
  SetContainer();
  AllowInstance();
  AnswerJson("container");
  EXPECT_EQ(*Keys(), (Credentials{"container", "s", "t"}));
  auto sent = http_.sent().at(0);
  EXPECT_EQ(sent.url, "http://169.254.170.23/v1/keys");
  EXPECT_EQ(sent.Find("authorization"), "pod-token");
}

TEST_F(CredentialChainTest, TakesTheInstanceLast) {
  AllowInstance();
  http_.Answer(200, "imds-token");
  http_.Answer(200, "runner role\n");
  AnswerJson("instance");
  EXPECT_EQ(Key(), "instance");
  auto sent = http_.sent();
  EXPECT_EQ(sent.at(0).method, "PUT");
  EXPECT_EQ(sent[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(sent[0].Find("x-aws-ec2-metadata-token-ttl-seconds"), "60");
  EXPECT_EQ(sent.at(2).url,
            "http://169.254.169.254/latest/meta-data/iam/"
            "security-credentials/runner%20role");
  for (size_t i : {1, 2})
    EXPECT_EQ(sent.at(i).Find("x-aws-ec2-metadata-token"), "imds-token");
}

TEST_F(CredentialChainTest, SaysWhatToDoWhenThereIsNothing) {
  EXPECT_THAT(Broken(), HasSubstr("there are no credentials for the store "
                                  "'main': name accessKeyFile"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(CredentialChainTest, ShowsNoRoleToOtherPeoplesServers) {
  store_.provider = Provider::kS3;
  SetWebIdentity();
  SetContainer();
  AllowInstance();
  EXPECT_THAT(Broken(), HasSubstr("provider: aws"));
  EXPECT_TRUE(http_.sent().empty());
}

// Each broken source is named, though the next ones would answer.
TEST_F(CredentialChainTest, DoesNotPassAMissingFile) {
  store_.files = {folder_ / "gone", folder_ / "gone2", ""};
  SetKeys();
  EXPECT_THAT(Broken(), HasSubstr("gone cannot be read"));
}

TEST_F(CredentialChainTest, DoesNotPassHalfAPairInTheEnvironment) {
  SetContainer();
  Set("AWS_ACCESS_KEY_ID", "env");
  EXPECT_THAT(Broken(), HasSubstr("AWS_SECRET_ACCESS_KEY must be set too"));
  variables_.erase("AWS_ACCESS_KEY_ID");
  Set("AWS_SECRET_ACCESS_KEY", "env");
  EXPECT_THAT(Broken(), HasSubstr("AWS_ACCESS_KEY_ID must be set too"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(CredentialChainTest, DoesNotPassHalfAWebIdentity) {
  SetContainer();
  Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/vexaa");
  EXPECT_THAT(Broken(), HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE must be set"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(CredentialChainTest, DoesNotPassAWebIdentityWithoutItsToken) {
  SetContainer();
  SetWebIdentity();
  Set("AWS_WEB_IDENTITY_TOKEN_FILE", folder_ / "gone");
  EXPECT_THAT(Broken(), HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(CredentialChainTest, DoesNotPassAWebIdentityThatIsRefused) {
  SetContainer();
  SetWebIdentity();
  http_.Answer(403,
               "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not "
               "you</Message></Error></ErrorResponse>");
  std::string message = Broken();
  EXPECT_THAT(message, HasSubstr("AWS_ROLE_ARN arn:aws:iam::1:role/vexaa"));
  EXPECT_THAT(message, HasSubstr("403, AccessDenied: Not you"));
  EXPECT_THAT(message, Not(HasSubstr("a.b"))) << "the token is a secret";
  EXPECT_EQ(http_.sent().size(), 1u);
}

TEST_F(CredentialChainTest, DoesNotPassAContainerThatRefuses) {
  SetContainer();
  AllowInstance();
  http_.Answer(400, R"({"code":"AccessDenied"})");
  EXPECT_THAT(Broken(), HasSubstr("http://169.254.170.23/v1/keys refused"));
  EXPECT_EQ(http_.sent().size(), 1u);
}

TEST_F(CredentialChainTest, DoesNotPassAnInstanceWithoutARole) {
  AllowInstance();
  http_.Answer(200, "imds-token");
  http_.Answer(404, "<html>");
  EXPECT_THAT(Broken(), HasSubstr("knows no role"));
}

TEST_F(CredentialChainTest, NeverAsksAnInstanceWithoutASessionToken) {
  AllowInstance();
  http_.Answer(403, "no");
  EXPECT_THAT(Broken(), HasSubstr("gives no session token"));
  EXPECT_EQ(http_.sent().size(), 1u);
}

TEST_F(CredentialChainTest, AsksThreeTimesWhenNobodyAnswers) {
  AllowInstance();
  for (int i = 0; i < 3; ++i) http_.Break("OPERATION_TIMEDOUT");
  auto keys = Keys();
  EXPECT_EQ(keys.status().code(), Code::kUnavailable);
  EXPECT_THAT(keys.status().message(), HasSubstr("HttpPutResponseHopLimit 2"));
  EXPECT_EQ(http_.steps_left(), 0u);
  EXPECT_EQ(clock_.slept().size(), 2u);
}

TEST_F(CredentialChainTest, TakesTheAnswerAfterAnOutage) {
  SetWebIdentity();
  http_.Answer(503, "busy");
  http_.Break("COULDNT_CONNECT");
  AnswerSts("web");
  EXPECT_EQ(Key(), "web");
}

TEST_F(CredentialChainTest, RefusesAnswersThatAreNoKeys) {
  SetContainer();
  http_.Answer(200, "not json");
  EXPECT_THAT(Broken(), HasSubstr("not JSON"));
  http_.Answer(200, R"({"Code":"Failed","Message":"no role"})");
  EXPECT_THAT(Broken(), HasSubstr("without keys: Failed no role"));
  http_.Answer(200,
               R"({"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"x"})");
  EXPECT_THAT(Broken(), HasSubstr("Expiration"));
}

TEST_F(CredentialChainTest, ReadsRotatedTokensAtEachFetch) {
  SetContainer();
  AnswerJson("one");
  EXPECT_EQ(Key(), "one");
  File("auth", "second-token");
  clock_.Advance(std::chrono::hours(6));
  AnswerJson("two");
  EXPECT_EQ(source_->Current({})->access_key, "two");
  EXPECT_EQ(http_.sent().at(1).Find("authorization"), "second-token");
}

TEST_F(CredentialChainTest, ReadsARotatedWebTokenAtEachFetch) {
  SetWebIdentity();
  AnswerSts("one");
  EXPECT_EQ(Key(), "one");
  File("token", "next");
  clock_.Advance(std::chrono::minutes(55));
  AnswerSts("two");
  EXPECT_EQ(source_->Current({})->access_key, "two");
  EXPECT_THAT(http_.sent().at(1).body, HasSubstr("WebIdentityToken=next"));
}

TEST_F(CredentialChainTest, KnowsTheEndpointOfTasks) {
  Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/7");
  AnswerJson("task");
  EXPECT_EQ(Key(), "task");
  EXPECT_EQ(http_.sent().at(0).url, "http://169.254.170.2/v2/credentials/7");
}

TEST_F(CredentialChainTest, SendsItsTokenToThisMachineOrOverTlsAlone) {
  for (const char* url : {"http://evil.test/keys", "http://10.0.0.1/keys",
                          "http://127.0.0.1.evil.test/", "ftp://localhost/"}) {
    Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    EXPECT_THAT(Broken(), HasSubstr("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        << url;
  }
  EXPECT_TRUE(http_.sent().empty());
  for (const char* url :
       {"https://keys.test/", "http://localhost:1234/", "http://127.0.0.9/",
        "http://[fd00:ec2::23]/v1", "http://[::1]:80/"}) {
    Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    AnswerJson("ok");
    EXPECT_EQ(Key(), "ok") << url;
  }
}

TEST_F(CredentialChainTest, RefusesAnAuthorizationOfTwoLines) {
  SetContainer();
  Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", File("two", "a\nX-Evil: b"));
  EXPECT_THAT(Broken(), HasSubstr("two lines"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(CredentialChainTest, AsksTheStsOfItsOwnRegionAndPartition) {
  SetWebIdentity();
  Set("AWS_REGION", "cn-north-1");
  AnswerSts("cn");
  EXPECT_EQ(Key(), "cn");
  Set("AWS_ENDPOINT_URL_STS", "https://sts.inside.test/");
  AnswerSts("inside");
  EXPECT_EQ(Key(), "inside");
  EXPECT_EQ(http_.sent().at(0).url, "https://sts.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(http_.sent().at(1).url, "https://sts.inside.test/");
  Set("AWS_ENDPOINT_URL_STS", "http://sts.inside.test/");
  EXPECT_THAT(Broken(), HasSubstr("https://"));
}

TEST_F(CredentialChainTest, AsksTheInstanceOverIpv6WhenTold) {
  AllowInstance();
  Set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
  http_.Answer(200, "token");
  http_.Answer(200, "role");
  AnswerJson("six");
  EXPECT_EQ(Key(), "six");
  EXPECT_THAT(http_.sent().at(0).url, HasSubstr("http://[fd00:ec2::254]/"));
}

}  // namespace
}  // namespace vexaa::objects

#include "lib/kube/api_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;
using std::chrono::seconds;

http::Response Answer(int code, std::string body = "",
                      std::vector<http::Header> headers = {}) {
  http::Response response;
  response.status = code;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

std::string StatusObject(int code, const std::string& reason,
                         const std::string& message,
                         const std::string& details = "{}") {
  return R"({"kind":"Status","status":"Failure","code":)" +
         std::to_string(code) + R"(,"reason":")" + reason + R"(","message":")" +
         message + R"(","details":)" + details + "}";
}

struct Case {
  int code;
  const char* reason;
  const char* message;
  Code expected;
  const char* detail;
};

class ApiErrorTest : public testing::TestWithParam<Case> {};

TEST_P(ApiErrorTest, HasItsCodeDetailAndTheServersSentence) {
  const Case& c = GetParam();
  const Status status =
      StatusOfAnswer(Answer(c.code, StatusObject(c.code, c.reason, c.message)));
  EXPECT_EQ(status.code(), c.expected);
  EXPECT_EQ(status.detail(), c.detail);
  EXPECT_EQ(status.message(), c.message);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, ApiErrorTest,
    testing::Values(
        Case{400, "BadRequest", "bad", Code::kInvalidArgument, "Invalid"},
        Case{401, "Unauthorized", "who", Code::kPermissionDenied,
             "Unauthorized"},
        Case{403, "Forbidden",
             "pods x is forbidden: exceeded quota: q, requested: pods=1",
             Code::kResourceExhausted, "QuotaExceeded"},
        Case{403, "Forbidden", "pods x is forbidden: status unknown for quota",
             Code::kResourceExhausted, "QuotaExceeded"},
        Case{403, "Forbidden", "pods is forbidden: User a cannot create",
             Code::kPermissionDenied, "Forbidden"},
        Case{403, "Forbidden",
             "unable to create new content in namespace n because it is being "
             "terminated",
             Code::kPermissionDenied, "NamespaceTerminating"},
        Case{403, "Forbidden", "pods x is forbidden: violates PodSecurity",
             Code::kPermissionDenied, "PodSecurity"},
        Case{404, "NotFound", "pods x not found", Code::kNotFound, "NotFound"},
        Case{409, "AlreadyExists", "pods x already exists",
             Code::kAlreadyExists, "AlreadyExists"},
        Case{409, "Conflict", "the object has been modified", Code::kAborted,
             "Conflict"},
        Case{410, "Expired", "too old resource version",
             Code::kFailedPrecondition, "Expired"},
        Case{422, "Invalid", "Pod x is invalid", Code::kInvalidArgument,
             "Invalid"},
        Case{429, "TooManyRequests", "slow down", Code::kUnavailable,
             "TooManyRequests"},
        Case{500, "InternalError", "etcd", Code::kUnavailable, "InternalError"},
        Case{503, "ServiceUnavailable", "later", Code::kUnavailable,
             "ServiceUnavailable"},
        Case{418, "Teapot", "no", Code::kInternal, "Teapot"}));

TEST(ApiError, IsNoneForEvery2xx) {
  EXPECT_TRUE(StatusOfAnswer(Answer(200)).ok());
  EXPECT_TRUE(StatusOfAnswer(Answer(201, "{")).ok());
}

TEST(ApiError, BelievesTheHttpCodeWhenTheBodyIsNoStatus) {
  const Status status = StatusOfAnswer(Answer(502, "<html>bad gateway</html>"));
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.message(), "the API server answered HTTP 502");
}

TEST(ApiError, TellsHowLongToWaitFromHeaderOrBody) {
  EXPECT_EQ(
      RetryAfterOf(StatusOfAnswer(Answer(429, "", {{"retry-after", "7"}}))),
      base::Duration(seconds(7)));
  EXPECT_EQ(RetryAfterOf(StatusOfAnswer(
                Answer(503, StatusObject(503, "ServiceUnavailable", "later",
                                         R"({"retryAfterSeconds":3})")))),
            base::Duration(seconds(3)));
}

TEST(ApiError, NeverWaitsMoreThanAMinute) {
  EXPECT_EQ(
      RetryAfterOf(StatusOfAnswer(Answer(429, "", {{"retry-after", "86400"}}))),
      base::Duration(seconds(60)));
}

TEST(ApiError, KnowsNoWaitWhenNoneWasAsked) {
  EXPECT_EQ(RetryAfterOf(StatusOfAnswer(Answer(429))), std::nullopt);
  EXPECT_EQ(RetryAfterOf(StatusOfAnswer(
                Answer(503, "", {{"retry-after", "Wed, 21 Oct"}}))),
            std::nullopt);
  EXPECT_EQ(RetryAfterOf(Status::Ok()), std::nullopt);
}

TEST(ApiError, NamesAVersionTheServerDoesNotHaveYet) {
  const Status status = StatusOfAnswer(Answer(
      504, StatusObject(504, "Timeout", "Too large resource version",
                        R"({"causes":[{"reason":"ResourceVersionTooLarge"}],)"
                        R"("retryAfterSeconds":1})")));
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.detail(), "ResourceVersionTooLarge");
}

TEST(ApiError, ReadsTheObjectOfAWatchsErrorEvent) {
  const Status status =
      StatusOfErrorObject(StatusObject(410, "Gone", "too old"));
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_EQ(status.detail(), "Expired");
  EXPECT_EQ(StatusOfErrorObject("{").code(), Code::kDataLoss);
  EXPECT_FALSE(StatusOfErrorObject("{}").ok());
}

}  // namespace
}  // namespace vexaa::kube

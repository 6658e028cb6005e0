#include "lib/objects/s3_error.h"

#include <array>
#include <string_view>

namespace vexaa::objects {
namespace {

using base::Code;

struct CodeRule {
  std::string_view code;
  S3Verdict verdict;
};

constexpr S3Verdict kRefused{Code::kPermissionDenied, RetryClass::kNever,
                             Remedy::kNone};
constexpr S3Verdict kBadKeys{Code::kPermissionDenied, RetryClass::kNever,
                             Remedy::kRenewCredentials};
constexpr S3Verdict kSkewed{Code::kPermissionDenied, RetryClass::kNever,
                            Remedy::kLearnClock};
constexpr S3Verdict kGone{Code::kNotFound, RetryClass::kNever, Remedy::kNone};
constexpr S3Verdict kChanged{Code::kFailedPrecondition, RetryClass::kNever,
                             Remedy::kNone};
constexpr S3Verdict kDamaged{Code::kDataLoss, RetryClass::kOnce, Remedy::kNone};
constexpr S3Verdict kBroken{Code::kUnavailable, RetryClass::kTransient,
                            Remedy::kNone};
constexpr S3Verdict kBusy{Code::kUnavailable, RetryClass::kThrottled,
                          Remedy::kNone};
constexpr S3Verdict kWrong{Code::kInvalidArgument, RetryClass::kNever,
                           Remedy::kNone};

constexpr std::array kCodeRules = {
    CodeRule{"NoSuchKey", kGone},
    CodeRule{"NoSuchUpload", kGone},
    CodeRule{"NoSuchBucket", kGone},
    CodeRule{"NoSuchVersion", kGone},
    CodeRule{"AccessDenied", kRefused},
    CodeRule{"AllAccessDisabled", kRefused},
    CodeRule{"AccountProblem", kRefused},
    // A rotation may be seen half done: the new id with the old secret.
    CodeRule{"SignatureDoesNotMatch", kBadKeys},
    CodeRule{"InvalidAccessKeyId", kBadKeys},
    CodeRule{"InvalidToken", kBadKeys},
    CodeRule{"ExpiredToken", kBadKeys},
    CodeRule{"TokenRefreshRequired", kBadKeys},
    CodeRule{"RequestTimeTooSkewed", kSkewed},
    CodeRule{"PreconditionFailed", kChanged},
    CodeRule{"InvalidRange", kChanged},
    CodeRule{"InvalidPart", kChanged},
    CodeRule{"InvalidPartOrder", kChanged},
    CodeRule{"BadDigest", kDamaged},
    CodeRule{"IncompleteBody", kDamaged},
    CodeRule{"XAmzContentSHA256Mismatch", kDamaged},
    CodeRule{"RequestTimeout", kBroken},
    CodeRule{"InternalError", kBroken},
    CodeRule{"ServiceUnavailable", kBroken},
    CodeRule{"SlowDown", kBusy},
    CodeRule{"Throttling", kBusy},
    CodeRule{"ThrottlingException", kBusy},
    CodeRule{"ThrottledException", kBusy},
    CodeRule{"RequestThrottled", kBusy},
    CodeRule{"RequestLimitExceeded", kBusy},
    CodeRule{"BandwidthLimitExceeded", kBusy},
    CodeRule{"TooManyRequests", kBusy},
    CodeRule{"OperationAborted",
             {Code::kAborted, RetryClass::kTransient, Remedy::kNone}},
    CodeRule{"QuotaExceeded",
             {Code::kResourceExhausted, RetryClass::kNever, Remedy::kNone}},
    CodeRule{"EntityTooLarge",
             {Code::kResourceExhausted, RetryClass::kNever, Remedy::kNone}},
    CodeRule{"NotImplemented",
             {Code::kUnimplemented, RetryClass::kNever, Remedy::kNone}},
};

// Where there is no body (HEAD) or an unknown code.
struct HttpRule {
  int status;
  std::string_view word;
  S3Verdict verdict;
};

constexpr std::array kHttpRules = {
    HttpRule{301, "PermanentRedirect", kWrong},
    HttpRule{302, "Redirect", kWrong},
    HttpRule{307, "TemporaryRedirect", kWrong},
    HttpRule{308, "PermanentRedirect", kWrong},
    // Expired session tokens answer HEAD with 400, wrong keys with 403.
    HttpRule{400,
             "BadRequest",
             {Code::kInvalidArgument, RetryClass::kNever,
              Remedy::kRenewCredentials}},
    HttpRule{401, "Unauthorized", kBadKeys},
    HttpRule{403, "Forbidden", kBadKeys},
    HttpRule{404, "NotFound", kGone},
    HttpRule{405, "MethodNotAllowed", kWrong},
    HttpRule{408, "RequestTimeout", kBroken},
    HttpRule{
        409, "Conflict", {Code::kAborted, RetryClass::kNever, Remedy::kNone}},
    HttpRule{412, "PreconditionFailed", kChanged},
    HttpRule{416, "InvalidRange", kChanged},
    HttpRule{429, "TooManyRequests", kBusy},
    HttpRule{500, "InternalError", kBroken},
    HttpRule{501,
             "NotImplemented",
             {Code::kUnimplemented, RetryClass::kNever, Remedy::kNone}},
    HttpRule{502, "BadGateway", kBroken},
    HttpRule{503, "ServiceUnavailable", kBroken},
    HttpRule{504, "GatewayTimeout", kBroken},
};

const HttpRule* FindHttpRule(int status) {
  for (const HttpRule& rule : kHttpRules) {
    if (rule.status == status) return &rule;
  }
  return nullptr;
}

const CodeRule* FindCodeRule(std::string_view code) {
  for (const CodeRule& rule : kCodeRules) {
    if (rule.code == code) return &rule;
  }
  return nullptr;
}

std::string Word(const S3Error& error) {
  if (!error.code.empty()) return error.code;
  const HttpRule* rule = FindHttpRule(error.http_status);
  return rule != nullptr ? std::string(rule->word)
                         : "HTTP" + std::to_string(error.http_status);
}

std::string Advice(const S3Error& error) {
  if (error.http_status == 403 &&
      (error.code.empty() || error.code == "AccessDenied")) {
    return ": access is refused, or the object does not exist and the bucket "
           "may not be listed";
  }
  if (error.http_status / 100 == 3) {
    return ": the endpoint redirects, which is not followed: check the "
           "configured endpoint and region";
  }
  return "";
}

}  // namespace

S3Verdict Judge(const S3Error& error) {
  if (const CodeRule* rule = FindCodeRule(error.code)) return rule->verdict;
  if (const HttpRule* rule = FindHttpRule(error.http_status)) {
    S3Verdict verdict = rule->verdict;
    // A code we do not know, yet a code: the keys were good enough to get it.
    if (!error.code.empty()) verdict.remedy = Remedy::kNone;
    return verdict;
  }
  if (error.http_status >= 500) return kBroken;
  return kWrong;
}

base::Status ToStatus(const S3Error& error) {
  std::string text = "HTTP " + std::to_string(error.http_status) + " " +
                     Word(error) + Advice(error);
  if (!error.message.empty()) text += ": " + error.message;
  return base::Status(Judge(error).code, text, Word(error));
}

}  // namespace vexaa::objects

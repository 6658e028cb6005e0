#include "lib/kube/api_error.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

#include "lib/kube/json_value.h"
#include "lib/kube/proto_json.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Status;

constexpr std::string_view kRetryAfter = "RetryAfter=";  // + seconds
// Longer than any server asks for; a wrong header must not park a controller.
constexpr int kMaxRetryAfterSeconds = 60;

// What matters of a metav1.Status object.
struct ApiStatus {
  int code = 0;
  std::string reason;
  std::string message;
  std::string cause;  // the first one's reason
  int retry_after_seconds = 0;
};

ApiStatus ReadStatus(const Json& object) {
  ApiStatus status;
  status.code = Number(Member(object, "code"));
  status.reason = Text(Member(object, "reason"), 64);
  status.message = Text(Member(object, "message"));
  const Json& causes = Member(object, "details", "causes");
  if (causes.is_array() && !causes.empty()) {
    status.cause = Text(Member(causes.front(), "reason"), 64);
  }
  status.retry_after_seconds =
      Number(Member(object, "details", "retryAfterSeconds"));
  return status;
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// A 403 is four things with four different owners.
Status Forbidden(const ApiStatus& api) {
  // A new quota refuses until it was counted once: "status unknown".
  if (Contains(api.message, "exceeded quota") ||
      Contains(api.message, "status unknown for quota")) {
    return Status(Code::kResourceExhausted, api.message, "QuotaExceeded");
  }
  std::string detail = "Forbidden";
  if (api.cause == "NamespaceTerminating" ||
      Contains(api.message, "because it is being terminated")) {
    detail = "NamespaceTerminating";
  } else if (Contains(api.message, "violates PodSecurity")) {
    detail = "PodSecurity";
  }
  return Status(Code::kPermissionDenied, api.message, detail);
}

Status Unavailable(const ApiStatus& api) {
  if (api.cause == "ResourceVersionTooLarge") {
    return Status(Code::kUnavailable, api.message, api.cause);
  }
  if (api.retry_after_seconds <= 0) {
    return Status(Code::kUnavailable, api.message, api.reason);
  }
  const int seconds = std::min(api.retry_after_seconds, kMaxRetryAfterSeconds);
  return Status(Code::kUnavailable, api.message,
                std::string(kRetryAfter) + std::to_string(seconds));
}

Status ToStatus(const ApiStatus& api) {
  switch (api.code) {
    case 400:
    case 422:
      return Status(Code::kInvalidArgument, api.message, "Invalid");
    case 401:
      return Status(Code::kPermissionDenied, api.message, "Unauthorized");
    case 403:
      return Forbidden(api);
    case 404:
      return Status(Code::kNotFound, api.message, "NotFound");
    case 409:
      if (api.reason == "Conflict") {
        return Status(Code::kAborted, api.message, "Conflict");
      }
      return Status(Code::kAlreadyExists, api.message, "AlreadyExists");
    case 410:
      return Status(Code::kFailedPrecondition, api.message, "Expired");
    default:
      break;
  }
  if (api.code == 408 || api.code == 429 || api.code >= 500) {
    return Unavailable(api);
  }
  return Status(Code::kInternal, api.message, api.reason);
}

int HeaderSeconds(const http::Response& response) {
  const std::string_view text = response.Find("retry-after").value_or("");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

}  // namespace

Status StatusOfAnswer(const http::Response& response) {
  if (response.status >= 200 && response.status < 300) return Status::Ok();
  ApiStatus api;
  const auto object = IsProtobuf(response.body) ? ParseStatusBody(response.body)
                                                : ParseJson(response.body);
  if (object.ok()) api = ReadStatus(*object);
  api.code = response.status;
  if (api.message.empty()) {
    api.message =
        "the API server answered HTTP " + std::to_string(response.status);
  }
  if (const int seconds = HeaderSeconds(response); seconds > 0) {
    api.retry_after_seconds = seconds;
  }
  return ToStatus(api);
}

Status StatusOfErrorObject(std::string_view json) {
  const auto object = ParseJson(json);
  if (!object.ok()) return object.status();
  ApiStatus api = ReadStatus(*object);
  if (api.message.empty()) api.message = "the watch failed without a message";
  return ToStatus(api);
}

std::optional<base::Duration> RetryAfterOf(const Status& status) {
  const std::string& detail = status.detail();
  if (!detail.starts_with(kRetryAfter)) return std::nullopt;
  int seconds = 0;
  const char* begin = detail.data() + kRetryAfter.size();
  std::from_chars(begin, detail.data() + detail.size(), seconds);
  return std::chrono::seconds(seconds);
}

}  // namespace vexaa::kube

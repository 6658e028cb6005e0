#include "lib/objects/credential_http.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/base/backoff.h"
#include "lib/base/time_text.h"
#include "lib/base/utf8.h"
#include "lib/jobs/reason.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr int kTries = 3;
constexpr base::BackoffPolicy kBetween{.first = std::chrono::milliseconds(200),
                                       .cap = std::chrono::seconds(2)};
constexpr size_t kMostWordsBytes = 300;

bool MayAskAgain(const Result<http::Response>& answer) {
  if (!answer.ok()) return answer.status().code() == Code::kUnavailable;
  return answer->status == 429 || answer->status / 100 == 5;
}

std::string TextOf(const nlohmann::json& json, const char* name) {
  auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>()
                                                   : "";
}

}  // namespace

Status SourceBroken(const std::string& source, const std::string& what) {
  return jobs::Fail(jobs::Reason::kInvalidConfig, source + " " + what);
}

std::string Refusal(int http_status, const std::string& words) {
  std::string shown = words;
  base::CutUtf8(shown, kMostWordsBytes);
  std::replace_if(
      shown.begin(), shown.end(),
      [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return std::to_string(http_status) + (shown.empty() ? "" : ", " + shown);
}

Result<http::Response> AskForKeys(http::HttpTransport& transport,
                                  base::Clock& clock,
                                  const http::Request& request,
                                  const std::string& source,
                                  std::stop_token stop) {
  for (int tried = 1;; ++tried) {
    Result<http::Response> answer = transport.Send(request, stop);
    if (!answer.ok() && answer.status().code() == Code::kCancelled)
      return answer.status();
    if (!MayAskAgain(answer)) {
      if (answer.ok()) return answer;
      return SourceBroken(source,
                          "cannot be asked: " + answer.status().message());
    }
    if (tried == kTries)
      return Status(Code::kUnavailable,
                    source + " does not answer: " +
                        (answer.ok() ? Refusal(answer->status, answer->body)
                                     : answer.status().message()),
                    "CredentialSource");
    base::Duration wait = base::BackoffDelay(kBetween, tried - 1);
    if (!clock.Sleep(base::Jitter(wait, 0.5, base::RandomUnit()), stop))
      return Status(Code::kCancelled, "stopped");
  }
}

Result<TemporaryCredentials> ParseKeysJson(const std::string& body,
                                           const std::string& source) {
  auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object())
    return SourceBroken(source, "answered with something that is not JSON");
  TemporaryCredentials found{
      .keys = {.access_key = TextOf(json, "AccessKeyId"),
               .secret_key = TextOf(json, "SecretAccessKey"),
               .session_token = TextOf(json, "Token")},
      .expires = {}};
  if (found.keys.access_key.empty() || found.keys.secret_key.empty())
    return SourceBroken(source,
                        "answered without keys: " + TextOf(json, "Code") + " " +
                            TextOf(json, "Message"));
  if (std::string expires = TextOf(json, "Expiration"); !expires.empty()) {
    auto time = base::ParseRfc3339(expires);
    if (!time.ok())
      return SourceBroken(source,
                          "answered with an Expiration that is no time");
    found.expires = *time;
  }
  return found;
}

}  // namespace vexaa::objects

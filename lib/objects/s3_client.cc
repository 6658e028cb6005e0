#include "lib/objects/s3_client.h"

#include <cstdlib>
#include <utility>

#include "lib/base/backoff.h"
#include "lib/objects/s3_response.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Duration;
using base::Result;
using base::Status;

// A refusal without a body (HEAD) counts as skew from there on; S3 itself
// refuses at 15 minutes.
constexpr std::chrono::minutes kSuspectSkew(10);
// Of what an error says of itself.
constexpr size_t kMaxErrorBytes = 16 << 10;

std::string NameOf(const S3Call& call) {
  return call.method + " s3://" + call.path.bucket + "/" + call.path.key;
}

// AWS sends milliseconds.
std::optional<Duration> RetryAfter(const http::Response& response) {
  if (auto text = response.Find("x-amz-retry-after")) {
    return std::chrono::milliseconds(
        std::strtoul(std::string(*text).c_str(), nullptr, 10));
  }
  if (auto text = response.Find("retry-after")) {
    return std::chrono::seconds(
        std::strtoul(std::string(*text).c_str(), nullptr, 10));
  }
  return std::nullopt;
}

// What the transport said, or the one who took the bytes.
RetryClass RetryOf(const Status& status) {
  if (status.code() == Code::kUnavailable) return RetryClass::kTransient;
  return status.code() == Code::kDataLoss ? RetryClass::kOnce
                                          : RetryClass::kNever;
}

}  // namespace

base::Time S3Client::ServerNow() const {
  return clock_.Now() + Duration(clock_offset_us_.load());
}

std::optional<Duration> S3Client::Skew(const http::Response& response) const {
  auto date = ParseHttpDate(response.Find("date").value_or(""));
  if (!date) return std::nullopt;
  return *date - clock_.Now();
}

http::Request S3Client::Sign(const S3Call& call, const S3Limits& limits,
                             const Credentials& credentials) const {
  http::Request request =
      BuildRequest(endpoint_, call, credentials, ServerNow());
  request.timeout = limits.timeout;
  request.stall_timeout = limits.stall_timeout;
  request.send_once = limits.send_once;
  return request;
}

S3Attempt S3Client::Try(const S3Call& call, const S3Limits& limits,
                        std::stop_token stop, const http::OnBody& on_body) {
  S3Attempt attempt;
  Result<Credentials> credentials = credentials_.Current(stop);
  if (!credentials.ok()) {
    attempt.status = credentials.status();
    return attempt;
  }
  attempt.credentials = *credentials;
  Result<http::Response> sent =
      transport_.Send(Sign(call, limits, *credentials), stop, on_body);
  if (!sent.ok()) {
    attempt.verdict = {sent.status().code(), RetryOf(sent.status()),
                       Remedy::kNone};
    attempt.status = sent.status();
    return attempt;
  }
  attempt.response = std::move(*sent);
  if (attempt.response.status / 100 == 2) return attempt;
  S3Error error = ParseError(attempt.response);
  attempt.verdict = Judge(error);
  attempt.retry_after = RetryAfter(attempt.response);
  attempt.status = ToStatus(error).WithContext(NameOf(call));
  return attempt;
}

Result<std::unique_ptr<http::BodyStream>> S3Client::Open(const S3Call& call,
                                                         const S3Limits& limits,
                                                         std::stop_token stop) {
  ASSIGN_OR_RETURN(Credentials credentials, credentials_.Current(stop));
  ASSIGN_OR_RETURN(auto body,
                   transport_.Open(Sign(call, limits, credentials), stop));
  if (body->response().status / 100 == 2) return body;
  http::Response refused = body->response();
  refused.body.resize(kMaxErrorBytes);
  auto told = body->Read(std::as_writable_bytes(std::span(refused.body)));
  refused.body.resize(told.ok() ? *told : 0);
  return ToStatus(ParseError(refused)).WithContext(NameOf(call));
}

Result<http::Response> S3Client::Send(const S3Call& call,
                                      const S3Limits& limits,
                                      std::stop_token stop) {
  S3Operation operation(*this, limits.retry);
  while (true) {
    S3Attempt attempt = Try(call, limits, stop);
    if (attempt.status.ok()) {
      operation.Succeeded();
      return std::move(attempt.response);
    }
    if (!operation.ShouldRetry(attempt, stop)) return attempt.status;
  }
}

bool S3Operation::ShouldRetry(S3Attempt& attempt, std::stop_token stop) {
  if (stop.stop_requested()) {
    attempt.status = Status(Code::kCancelled, "stopped");
    return false;
  }
  if (Remedied(attempt, stop)) return true;
  RetryClass kind = attempt.verdict.retry;
  auto delay = budget_.Next(kind, base::RandomUnit(), attempt.retry_after);
  if (!delay || !client_.tokens_.Take(kind)) return false;
  paid_ = kind;
  if (client_.clock_.Sleep(*delay, stop)) return true;
  attempt.status = Status(Code::kCancelled, "stopped");
  return false;
}

// Each remedy is tried once: an endless refusal stays a refusal.
bool S3Operation::Remedied(const S3Attempt& attempt, std::stop_token stop) {
  if (attempt.verdict.remedy == Remedy::kNone) return false;
  if (!learned_clock_ && LearnClock(attempt)) return learned_clock_ = true;
  if (renewed_keys_ || attempt.verdict.remedy != Remedy::kRenewCredentials) {
    return false;
  }
  return renewed_keys_ = client_.credentials_.Renew(attempt.credentials, stop);
}

bool S3Operation::LearnClock(const S3Attempt& attempt) {
  std::optional<Duration> skew = client_.Skew(attempt.response);
  if (!skew) return false;
  Duration error = *skew - Duration(client_.clock_offset_us_.load());
  bool told = attempt.verdict.remedy == Remedy::kLearnClock;
  bool bodyless = attempt.response.body.empty();
  if (!told && !(bodyless && std::chrono::abs(error) > kSuspectSkew)) {
    return false;
  }
  client_.clock_offset_us_ = skew->count();
  return true;
}

void S3Operation::Progressed() {
  budget_.Progressed();
  if (paid_) client_.tokens_.Return(*std::exchange(paid_, std::nullopt));
}

void S3Operation::Succeeded() { client_.tokens_.Return(paid_); }

}  // namespace vexaa::objects

// Sends S3 calls: signs them, judges the answers, repeats what may be
// repeated, learns the server's clock and renews refused keys. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/objects/credentials.h"
#include "lib/objects/retry.h"
#include "lib/objects/s3_error.h"
#include "lib/objects/s3_request.h"

namespace vexaa::objects {

struct S3Limits {
  RetryPolicy retry = kControlRetries;
  base::Duration timeout = std::chrono::seconds(30);
  base::Duration stall_timeout = std::chrono::seconds(30);
  bool send_once = false;
};

// What one request came to.
struct S3Attempt {
  base::Status status;
  http::Response response;
  S3Verdict verdict;
  Credentials credentials;
  std::optional<base::Duration> retry_after;
};

class S3Client {
 public:
  // The references must outlive the client.
  S3Client(S3Endpoint endpoint, http::HttpTransport& transport,
           CredentialSource& credentials, base::Clock& clock)
      : endpoint_(std::move(endpoint)),
        transport_(transport),
        credentials_(credentials),
        clock_(clock) {}

  // The 2xx answer, or why there is none after the budget is spent.
  base::Result<http::Response> Send(const S3Call& call, const S3Limits& limits,
                                    std::stop_token stop);
  // One request, never repeated.
  S3Attempt Try(const S3Call& call, const S3Limits& limits,
                std::stop_token stop, const http::OnBody& on_body = nullptr);

  // Once, for a body that is read on. `stop` ends it, too; the client's
  // transport must outlive it.
  base::Result<std::unique_ptr<http::BodyStream>> Open(const S3Call& call,
                                                       const S3Limits& limits,
                                                       std::stop_token stop);

  base::Clock& clock() { return clock_; }

 private:
  friend class S3Operation;

  base::Time ServerNow() const;
  http::Request Sign(const S3Call& call, const S3Limits& limits,
                     const Credentials& credentials) const;
  // The server's Date minus our clock, when the answer has one.
  std::optional<base::Duration> Skew(const http::Response& response) const;

  const S3Endpoint endpoint_;
  http::HttpTransport& transport_;
  CredentialSource& credentials_;
  base::Clock& clock_;
  RetryTokens tokens_;
  std::atomic<int64_t> clock_offset_us_ = 0;
};

// The budget of one operation, over all its requests. Thread-compatible.
class S3Operation {
 public:
  S3Operation(S3Client& client, const RetryPolicy& policy)
      : client_(client), budget_(policy) {}

  // True after whatever wait is due: send it again. False: `attempt.status`
  // is the operation's result (kCancelled when stopped in the wait).
  bool ShouldRetry(S3Attempt& attempt, std::stop_token stop);
  // Bytes arrived: the repeat was worth it.
  void Progressed();
  void Succeeded();

 private:
  bool Remedied(const S3Attempt& attempt, std::stop_token stop);
  bool LearnClock(const S3Attempt& attempt);

  S3Client& client_;
  RetryBudget budget_;
  // What the last repeat took of the client's tokens; nothing: no repeat yet.
  std::optional<RetryClass> paid_;
  bool learned_clock_ = false;
  bool renewed_keys_ = false;
};

}  // namespace vexaa::objects

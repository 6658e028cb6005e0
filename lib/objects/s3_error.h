// What the answers of S3 servers mean: one table from their error codes to our
// status codes and whether to try again. Pure.
#pragma once

#include <string>

#include "lib/base/status.h"
#include "lib/objects/retry.h"

namespace vexaa::objects {

// An answer that is not a success.
struct S3Error {
  int http_status = 0;
  std::string code;     // "NoSuchKey"; empty when there was no body
  std::string message;  // the server's own words
};

// What else than waiting may help.
enum class Remedy { kNone, kRenewCredentials, kLearnClock };

struct S3Verdict {
  base::Code code = base::Code::kInternal;
  RetryClass retry = RetryClass::kNever;
  Remedy remedy = Remedy::kNone;
};

S3Verdict Judge(const S3Error& error);

// The Status of it, with the S3 code (or a word for the HTTP status) as detail.
base::Status ToStatus(const S3Error& error);

}  // namespace vexaa::objects

// AWS Signature Version 4 in the Authorization header, and Google's twin of it.
// Pure functions: the caller sends exactly the path, query and headers that it
// signed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/http/http_transport.h"
#include "lib/objects/credentials.h"

namespace vexaa::objects {

using QueryItem = std::pair<std::string, std::string>;  // not encoded

struct SigningInput {
  std::string method;
  std::string path;  // encoded, as on the wire; "" counts as "/"
  std::vector<QueryItem> query;
  std::vector<http::Header> headers;  // all are signed; any case and order
  std::string payload_hash;
};

// Google's XML API speaks S3 under names of its own, and refuses a request that
// mixes both.
enum class Dialect { kAmazon, kGoogle };

struct SigningScope {
  std::string region;
  std::string service = "s3";
  Dialect dialect = Dialect::kAmazon;
};

// "x-amz-" or "x-goog-".
std::string_view HeaderPrefix(Dialect dialect);
// The scope of object storage.
SigningScope StorageScope(Dialect dialect, std::string region);

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// "20150830T123600Z", for the header x-amz-date or x-goog-date.
std::string AmzDate(base::Time time);

// Sorted and encoded; what also goes on the wire.
std::string CanonicalQuery(const std::vector<QueryItem>& query);
std::string CanonicalRequest(const SigningInput& input);
std::string StringToSign(const std::string& canonical_request,
                         const SigningScope& scope, base::Time time);
// The value of the Authorization header.
std::string Authorization(const SigningInput& input, const SigningScope& scope,
                          const Credentials& credentials, base::Time time);

}  // namespace vexaa::objects

// Builds signed S3 requests. Pure: the bytes that go on the wire are the bytes
// that were signed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/http/url.h"
#include "lib/objects/credentials.h"
#include "lib/objects/object_store.h"
#include "lib/objects/s3_signer.h"

namespace vexaa::objects {

enum class Addressing { kPath, kVirtualHost };

struct S3Endpoint {
  http::Url url;  // without query; its path is a prefix
  std::string region;
  Addressing addressing = Addressing::kPath;
  Dialect dialect = Dialect::kAmazon;
};

// What every object of a store is given; empty: the bucket's own default.
struct UploadHeaders {
  std::string sse;             // "AES256", "aws:kms", "aws:kms:dsse"
  std::string sse_kms_key_id;  // key id or ARN; Google: the key's whole name
  std::string acl;             // "bucket-owner-full-control"
  std::string storage_class;   // "STANDARD_IA"
};

struct S3Call {
  std::string method = {};
  ObjectPath path = {};  // an empty key: the bucket itself
  std::vector<QueryItem> query = {};
  std::vector<http::Header> headers = {};
  std::span<const std::byte> body = {};  // must outlive the call
  bool is_part = false;  // may go unsigned over TLS: MD5 guards it
  std::optional<base::Sha256Digest> body_sha256 = {};  // where it is known
};

// "https://host/bucket/key?query" and all headers, Authorization included.
http::Request BuildRequest(const S3Endpoint& endpoint, const S3Call& call,
                           const Credentials& credentials, base::Time now);

// "bytes=0-9".
std::string RangeHeader(uint64_t offset, uint64_t size);

// The body of CompleteMultipartUpload.
std::string CompleteBody(const std::vector<Part>& parts);

// The headers of CreateMultipartUpload; S3 wants none of them again at the
// parts.
std::vector<http::Header> StageHeaders(const StageOptions& options,
                                       const UploadHeaders& upload = {},
                                       Dialect dialect = Dialect::kAmazon);

// kInvalidArgument: an empty key or one over 1,024 bytes, a control byte (XML
// lists cannot carry it, and the ways around differ by server), "." or ".." as
// a path segment (proxies rewrite it).
base::Status CheckKey(const std::string& key);

}  // namespace vexaa::objects

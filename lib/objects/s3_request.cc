#include "lib/objects/s3_request.h"

#include <algorithm>

namespace vexaa::objects {
namespace {

using base::Code;
using base::Status;

constexpr size_t kMaxKeyBytes = 1024;

// Host, path and query as they go on the wire.
http::Url Place(const S3Endpoint& endpoint, const S3Call& call) {
  http::Url url = endpoint.url;
  if (url.path.ends_with('/')) url.path.pop_back();
  if (endpoint.addressing == Addressing::kVirtualHost) {
    url.host = call.path.bucket + "." + url.host;
  } else {
    url.path +=
        "/" + http::PercentEncode(call.path.bucket, http::Slash::kEncode);
  }
  bool has_key = !call.path.key.empty();
  if (has_key || endpoint.addressing == Addressing::kVirtualHost) {
    url.path += "/" + http::PercentEncode(call.path.key, http::Slash::kKeep);
  }
  url.query = CanonicalQuery(call.query);
  return url;
}

std::string PayloadHash(const http::Url& url, const S3Call& call) {
  if (call.is_part && url.scheme == "https") {
    return std::string(kUnsignedPayload);
  }
  return base::Hex(call.body_sha256 ? *call.body_sha256
                                    : base::Sha256(call.body));
}

}  // namespace

http::Request BuildRequest(const S3Endpoint& endpoint, const S3Call& call,
                           const Credentials& credentials, base::Time now) {
  http::Url url = Place(endpoint, call);
  SigningInput input{.method = call.method,
                     .path = url.path,
                     .query = call.query,
                     .headers = call.headers,
                     .payload_hash = PayloadHash(url, call)};
  input.headers.emplace_back("host", http::Authority(url));
  auto add = [&](const char* name, const std::string& value) {
    input.headers.emplace_back(
        std::string(HeaderPrefix(endpoint.dialect)) + name, value);
  };
  add("date", AmzDate(now));
  add("content-sha256", input.payload_hash);
  if (!credentials.session_token.empty())
    add("security-token", credentials.session_token);
  SigningScope scope = StorageScope(endpoint.dialect, endpoint.region);
  http::Request request;
  request.method = call.method;
  request.url = http::FormatUrl(url);
  request.body = call.body;
  request.headers = input.headers;
  request.headers.emplace_back("authorization",
                               Authorization(input, scope, credentials, now));
  return request;
}

std::string RangeHeader(uint64_t offset, uint64_t size) {
  return "bytes=" + std::to_string(offset) + "-" +
         std::to_string(offset + size - 1);
}

std::string CompleteBody(const std::vector<Part>& parts) {
  // ETags come from the store, yet they must not be able to end an element.
  auto escape = [](const std::string& text) {
    std::string out;
    for (char c : text) {
      if (c == '&')
        out += "&amp;";
      else if (c == '<')
        out += "&lt;";
      else
        out += c;
    }
    return out;
  };
  std::string xml = "<CompleteMultipartUpload>";
  for (const Part& part : parts) {
    xml += "<Part><PartNumber>" + std::to_string(part.number) +
           "</PartNumber><ETag>\"" + escape(part.etag) + "\"</ETag></Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

std::vector<http::Header> StageHeaders(const StageOptions& options,
                                       const UploadHeaders& upload,
                                       Dialect dialect) {
  std::vector<http::Header> headers;
  auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty())
      headers.emplace_back(std::string(HeaderPrefix(dialect)) + name, value);
  };
  if (!options.content_type.empty())
    headers.emplace_back("content-type", options.content_type);
  for (const auto& [name, value] : options.metadata)
    headers.emplace_back(std::string(HeaderPrefix(dialect)) + "meta-" + name,
                         value);
  add("acl", upload.acl);
  add("storage-class", upload.storage_class);
  add("server-side-encryption", upload.sse);
  add(dialect == Dialect::kGoogle ? "encryption-kms-key-name"
                                  : "server-side-encryption-aws-kms-key-id",
      upload.sse_kms_key_id);
  return headers;
}

Status CheckKey(const std::string& key) {
  if (key.empty()) return Status(Code::kInvalidArgument, "the key is empty");
  if (key.size() > kMaxKeyBytes) {
    return Status(Code::kInvalidArgument,
                  "the key is longer than 1,024 bytes: " + key.substr(0, 60));
  }
  if (std::any_of(key.begin(), key.end(),
                  [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
    return Status(Code::kInvalidArgument, "the key holds a control byte");
  }
  for (size_t at = 0; at <= key.size();) {
    size_t end = std::min(key.find('/', at), key.size());
    std::string segment = key.substr(at, end - at);
    if (segment == "." || segment == "..") {
      return Status(Code::kInvalidArgument,
                    "the key " + key + " has \"" + segment +
                        "\" as a path segment, which proxies rewrite");
    }
    at = end + 1;
  }
  return Status::Ok();
}

}  // namespace vexaa::objects

// What S3 servers answer, as values. Pure; XML by pugixml, which expands no
// external entity. kDataLoss: the answer is not what the protocol says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/objects/object_store.h"
#include "lib/objects/s3_error.h"
#include "lib/objects/s3_signer.h"

namespace vexaa::objects {

// The error in an answer; also a 200 whose body holds <Error>.
S3Error ParseError(const http::Response& response);
bool HoldsError(std::string_view body);

base::Result<std::string> ParseUploadId(std::string_view body);

// The object's ETag, without quotes, in the answer to Complete; empty where the
// server leaves it out (Ceph 16 does).
base::Result<std::string> ParseCompleted(std::string_view body);

struct PartPage {
  std::vector<Part> parts;
  std::optional<int> next_after;  // part-number-marker of the next page
};
base::Result<PartPage> ParseParts(std::string_view body);

struct NamedUpload {
  std::string key;
  OpenUpload upload;
};
struct UploadPage {
  std::vector<NamedUpload> uploads;
  bool truncated = false;
  std::string next_key;
  std::string next_upload_id;
};
base::Result<UploadPage> ParseUploads(std::string_view body);

// The answer to HEAD.
base::Result<ObjectInfo> ParseInfo(const http::Response& response,
                                   Dialect dialect = Dialect::kAmazon);

struct ContentRange {
  uint64_t first = 0;
  uint64_t last = 0;
  std::optional<uint64_t> total;
};
// "bytes 0-9/100".
base::Result<ContentRange> ParseContentRange(std::string_view text);

// "Sat, 21 Nov 2026 05:30:38 GMT".
std::optional<base::Time> ParseHttpDate(std::string_view text);

// An ETag without its quotes: lists and headers quote it differently.
std::string BareEtag(std::string_view etag);

}  // namespace vexaa::objects

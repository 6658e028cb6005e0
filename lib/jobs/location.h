// Where a video or its audio lies: s3://bucket/key or file:///path. Pure.
// An S3 key is taken as written; the path of a file URI is percent-decoded.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::jobs {

struct Location {
  enum class Kind { kS3, kFile };
  Kind kind = Kind::kS3;
  std::string bucket;  // empty for a file
  std::string key;     // object key, or absolute path
  bool operator==(const Location&) const = default;
};

// Refuses with a sentence that names the rule (detail InvalidJob): other
// schemes, bad bucket names, keys over 1,024 bytes or not in UTF-8, control
// characters, "." or ".." in a path, and a trailing slash.
base::Result<Location> ParseLocation(std::string_view uri);
std::string FormatLocation(const Location& location);

}  // namespace vexaa::jobs

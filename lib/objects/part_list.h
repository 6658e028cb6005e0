// A list of parts as one value to compare. Pure.
#pragma once

#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

// S3 knows part numbers from 1 to that.
inline constexpr int kMaxParts = 10'000;

// Count, size and digest: SHA-256 over lines "number etag size\n" in order of
// number. kFailedPrecondition: a number is missing or there twice.
base::Result<StagedObject> Describe(std::vector<Part> parts);

// The ETag that S3 gives an object completed from these parts, in that order:
// hex MD5 of their ETags' bytes, "-" and their count. Empty where the ETag of a
// part is no MD5 in hex: then nothing is known of the object's.
std::string MultipartEtag(const std::vector<Part>& parts);

}  // namespace vexaa::objects

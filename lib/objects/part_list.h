// A list of parts as one value to compare. Pure.
#pragma once

#include <vector>

#include "lib/base/status.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

// S3 knows part numbers from 1 to that.
inline constexpr int kMaxParts = 10'000;

// Count, size and digest: SHA-256 over lines "number etag size\n" in order of
// number. kFailedPrecondition: a number is missing or there twice.
base::Result<StagedObject> Describe(std::vector<Part> parts);

}  // namespace vexaa::objects

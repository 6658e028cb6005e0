// Describes a source without extracting anything: the text of a metadata
// output, as far as headers tell it.
#pragma once

#include <stop_token>
#include <string>

#include "lib/base/byte_stream.h"
#include "lib/base/status.h"

namespace vexaa::runner {

// Errors carry a job reason, but for kCancelled.
base::Result<std::string> DescribeHeaders(base::ByteSource& source,
                                          std::stop_token stop);

}  // namespace vexaa::runner

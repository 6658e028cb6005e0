// Times as text, UTC.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::base {

// "2026-11-21T05:17:35.123456Z" (RFC 3339).
std::string FormatRfc3339(Time time);
// RFC 3339 with "Z", with or without a fraction (Kubernetes, S3 XML).
Result<Time> ParseRfc3339(std::string_view text);

}  // namespace vexaa::base

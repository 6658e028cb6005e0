// Credentials as they lie in files: small, trimmed, read whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::kube {

// Without white space at both ends. kNotFound: no such file, or not readable;
// kInvalidArgument: empty or larger than 1 MiB.
base::Result<std::string> ReadSmallFile(const std::string& path);

// Standard alphabet, padded; white space is skipped. None: it is no base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace vexaa::kube

// Which servers we run on. Pure.
#pragma once

#include <string_view>

#include "lib/base/status.h"

namespace vexaa::store {

// `version` as SELECT VERSION() gives it. MySQL from 8.0.16 (CHECK, SKIP
// LOCKED) and MariaDB from 10.11; kFailedPrecondition names what is needed.
base::Status CheckServerVersion(std::string_view version);

}  // namespace vexaa::store

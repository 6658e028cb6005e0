// Does what a person asks for on the command line, publishing included, and
// tells them in plain words how it went.
#pragma once

#include <stop_token>

#include "lib/base/exit_code.h"
#include "runner/cli.h"
#include "runner/settings.h"

namespace vexaa::runner {

base::ExitCode RunByHand(const Arguments& arguments, const Settings& settings,
                         std::stop_token signal);

}  // namespace vexaa::runner

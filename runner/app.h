// The program behind main(): reads flags and settings, and picks the mode.
#pragma once

#include <stop_token>

#include "lib/base/exit_code.h"
#include "runner/settings.h"

namespace vexaa::runner {

base::ExitCode RunApp(int argc, const char* const* argv, const EnvLookup& env,
                      std::stop_token signal);

}  // namespace vexaa::runner

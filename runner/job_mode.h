// Does the job a controller describes: stages the outputs, reports progress,
// and leaves the outcome.
#pragma once

#include <stop_token>

#include "lib/base/exit_code.h"
#include "runner/cli.h"
#include "runner/settings.h"

namespace vexaa::runner {

base::ExitCode RunJob(const Arguments& arguments, const Settings& settings,
                      std::stop_token signal);

// Leaves an outcome for a job that cannot even begin, because the settings are
// wrong: its controller learns the reason from it.
base::ExitCode RefuseJob(const EnvLookup& env, const base::Status& error);

}  // namespace vexaa::runner

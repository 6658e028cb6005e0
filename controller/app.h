// Puts the controller together and runs it: the only place where its parts
// meet.
#pragma once

#include <stop_token>

#include "controller/config.h"
#include "lib/base/exit_code.h"
#include "lib/base/log.h"
#include "lib/config/yaml_reader.h"

namespace vexaa::controller {

// Works until stopped. 78: the configuration or the schema cannot work; 69: a
// service needed at the start is not there.
base::ExitCode RunController(const Config& config,
                             const config::EnvironmentLookup& environment,
                             base::Logger& log, std::stop_token stop);

// Brings the schema up to date.
base::ExitCode RunMigrations(const Config& config, base::Logger& log);

}  // namespace vexaa::controller

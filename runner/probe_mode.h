// vexaa-runner probe PLACE: describes a source on stdout, as a metadata output
// does, from its headers alone.
#pragma once

#include <stop_token>
#include <string>

#include "lib/base/exit_code.h"
#include "runner/cli.h"
#include "runner/settings.h"

namespace vexaa::runner {

// Of `arguments` the place to probe (a path, file:///path or s3://bucket/key)
// and the deadline. The exit code is that of the reason; the sentence goes to
// stderr.
base::ExitCode RunProbe(const Arguments& arguments, const Settings& settings,
                        std::stop_token signal);

}  // namespace vexaa::runner

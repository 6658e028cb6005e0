// vexaa-runner probe PLACE: describes a source on stdout, as a metadata output
// does, from its headers alone.
#pragma once

#include <stop_token>
#include <string>

#include "lib/base/exit_code.h"
#include "runner/settings.h"

namespace vexaa::runner {

// `place` is a path, file:///path or s3://bucket/key. The exit code is that of
// the reason; the sentence goes to stderr.
base::ExitCode RunProbe(const std::string& place, const Settings& settings,
                        std::stop_token signal);

}  // namespace vexaa::runner

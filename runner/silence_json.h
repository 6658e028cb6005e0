// The file of a silence output, as docs/outputs.md describes it. PURE.
#pragma once

#include <string>

#include "lib/jobs/job_plan.h"
#include "runner/media/silence_meter.h"

namespace vexaa::runner {

std::string FormatSilence(const jobs::SilenceRule& rule,
                          const media::SilenceReport& report);

}  // namespace vexaa::runner

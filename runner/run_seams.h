// The real seams of a run: its stores and the media engine.
#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/objects/output_identity.h"
#include "runner/media_watchdog.h"
#include "runner/run.h"
#include "runner/stores.h"

namespace vexaa::runner {

// Opens a source in one of the stores; the errors of all reads name a reason.
// `stores` and `clock` must outlive the source.
base::Result<OpenedSource> OpenSource(const Stores& stores,
                                      const std::string& uri,
                                      const base::Clock& clock,
                                      std::stop_token stop);

// What every output of a run has in common.
struct TargetOptions {
  std::string source_uri;
  std::string token;
  jobs::Clip clip = {};
  std::string stage_name;
  objects::Overwrite overwrite = objects::Overwrite::kOwnResults;
};

// The references must outlive the seams' use. An output whose URI is "-" goes
// to stdout. `pulse` beats with what is read and written.
RunSeams MakeSeams(const Stores& stores, TargetOptions options,
                   base::Clock& clock, Pulse& pulse);

}  // namespace vexaa::runner

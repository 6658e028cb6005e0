// One output while it is made: looked at, opened, written, sealed, then
// published or left for the controller, or aborted. Used by one thread at a
// time.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/status.h"
#include "lib/jobs/run_outcome.h"
#include "runner/media/output_sink.h"

namespace vexaa::runner {

// Errors name a job's reason, but for kCancelled.
class OutputTarget {
 public:
  virtual ~OutputTarget() = default;

  // The size of what is there already, when that is to be kept (if_exists
  // skip) and nothing is to be made.
  virtual base::Result<std::optional<uint64_t>> KeptBytes(
      std::stop_token stop) = 0;
  // Checks that the place may be written and opens an upload there of that
  // media type. The size of the source is a guess at the output's.
  virtual base::Status Open(std::string_view content_type,
                            uint64_t source_bytes, std::stop_token stop) = 0;
  // Valid from Open until the target's end.
  virtual media::OutputSink& sink() = 0;
  // After the sink's Finish: everything is stored; fills in what the publisher
  // must find again.
  virtual base::Status Seal(jobs::OutputResult& result) = 0;
  // Makes it visible. Only by hand; a controller does it for jobs.
  virtual base::Status Publish(const jobs::OutputResult& result,
                               std::stop_token stop) = 0;
  // The upload that would be left behind now; empty: none.
  virtual std::string open_upload() const = 0;
  virtual base::Status Abort(std::stop_token stop) = 0;
};

}  // namespace vexaa::runner

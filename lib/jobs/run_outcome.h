// What a runner reports at its end: one JSON line of at most 3,840 bytes with
// a CRC, in the termination message (a kubelet cuts at 4,096). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job.h"

namespace vexaa::jobs {

inline constexpr size_t kMaxOutcomeBytes = 3840;

struct OutputResult {
  int index = 0;
  std::string upload_id;  // of the staged upload
  int part_count = 0;
  uint64_t bytes = 0;
  std::string parts_digest;  // lower hex SHA-256 of the part list
  std::string crc32;         // eight hex digits, of the whole object
  std::string sha256_parts;  // SHA-256 over the parts' SHA-256s
  uint64_t samples = 0;      // per channel
  uint64_t duration_ms = 0;
  int track = 0;         // stream index in the source
  std::string language;  // ISO 639, empty when unknown
  bool operator==(const OutputResult&) const = default;
};

struct RunOutcome {
  AttemptId attempt;
  std::string token;
  Reason reason = Reason::kInternal;  // kSucceeded: all outputs are staged
  std::string message;                // a sentence
  std::string source_etag;
  uint64_t source_bytes = 0;
  uint64_t bytes_read = 0;
  uint64_t cpu_ms = 0;
  uint64_t peak_rss_bytes = 0;
  uint64_t media_ms = 0;
  // Every upload that was opened and not aborted, also of a failed attempt.
  std::vector<OutputResult> outputs;
  bool operator==(const RunOutcome&) const = default;
};

// Never over kMaxOutcomeBytes: the message is cut to fit, and outputs that
// cannot fit at all become an Internal error.
std::string FormatRunOutcome(const RunOutcome& outcome);
// kDataLoss: not an outcome, cut off, its CRC does not fit, or it holds what no
// table can: a runner may be under the control of its input.
base::Result<RunOutcome> ParseRunOutcome(std::string_view text);

// What a running runner tells the controller now and then.
struct RunProgress {
  double percent = 0;        // 0 to 100
  double speed = 0;          // media seconds per second
  double media_seconds = 0;  // of output made so far
  uint64_t bytes_read = 0;
};

std::string FormatRunProgress(const RunProgress& progress);
base::Result<RunProgress> ParseRunProgress(std::string_view json);

}  // namespace vexaa::jobs

// What a runner reports at its end: one JSON line of at most 3,840 bytes with
// a CRC, in the termination message (a kubelet cuts at 4,096). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job.h"

namespace vexaa::jobs {

inline constexpr size_t kMaxOutcomeBytes = 3840;

// As EBU R 128 and ITU-R BS.1770 define them, of the whole output.
struct Loudness {
  double integrated_lufs = 0;
  double range_lu = 0;
  double true_peak_dbtp = 0;
  bool operator==(const Loudness&) const = default;
};

// One output that was made or, with if_exists skip, was there. Outputs of a
// plan that have none were not asked for after all (if_track_exists).
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
  int track = 0;         // of the source's audio tracks, 0 is the first
  std::string language;  // ISO 639, empty when unknown
  // For people, what was chosen and why: "the default track; copied". May be
  // left out when the outcome would be too long.
  std::string note;
  std::optional<Loudness> loudness;
  bool gapless = true;   // a player can leave out the encoder's padding
  bool skipped = false;  // an earlier result was kept; nothing is staged
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
  // Uploads may have been opened that nobody knows the ids of: outputs have to
  // be swept by their keys.
  bool unknown_uploads = false;
  // Every upload that was opened and not aborted, also of a failed attempt.
  std::vector<OutputResult> outputs;
  bool operator==(const RunOutcome&) const = default;
};

// Never over kMaxOutcomeBytes: the message is cut to fit, then notes are left
// out, and outputs that cannot fit at all become an Internal error.
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

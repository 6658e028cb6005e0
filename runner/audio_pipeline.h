// The media engine: one read and one decode of a source, n encoded outputs.
// Runs in the calling thread plus one thread per output. Memory is bounded by
// the sinks' heads and a few MiB, except for the container's own tables.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/byte_stream.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "lib/jobs/profile.h"
#include "lib/jobs/run_outcome.h"
#include "runner/media/output_sink.h"

namespace vexaa::runner {

struct OutputRequest {
  jobs::Profile profile;
  media::OutputSink* sink = nullptr;  // outlives the run; Finish is its end
  jobs::OutputKind kind = jobs::OutputKind::kAudio;
  jobs::SilenceRule silence = {};  // of a silence output
  bool loudness = false;           // measure it, of an audio output
};

struct OutputReport {
  uint64_t samples = 0;  // per channel
  uint64_t duration_ms = 0;
  uint64_t bytes = 0;
  int sample_rate = 0;  // Hz
  int channels = 0;
  int track = 0;  // stream index in the source
  std::string language;
  std::optional<jobs::Loudness> loudness;
};

struct SourceReport {
  std::string container;
  std::string codec;
  int sample_rate = 0;  // of the first decoded frame, Hz
  int channels = 0;
  std::optional<uint64_t> duration_ms;  // as the headers say, if they do
  uint64_t samples = 0;                 // decoded, per channel
  uint64_t bytes_read = 0;
  uint64_t damaged_packets = 0;  // left out
  std::string track_choice;      // why this track: "the default track"
};

struct PipelineReport {
  SourceReport source;
  std::vector<OutputReport> outputs;  // in the order of the requests
};

// Called in the calling thread, at every percent but at most 4 times a second.
using ProgressCallback = std::function<void(const jobs::RunProgress&)>;

// Errors carry a job reason (jobs::ReasonOf): InputUnreadable, NoAudioStream,
// UnsupportedCodec, CorruptInput, InputTooLarge, Internal. An error of source
// or sink is passed on as it is; kCancelled: `stop` was requested. After an
// error the sinks hold rubbish and were not finished.
base::Result<PipelineReport> RunPipeline(base::ByteSource& source,
                                         std::span<const OutputRequest> outputs,
                                         const ProgressCallback& on_progress,
                                         const base::Clock& clock,
                                         std::stop_token stop);

}  // namespace vexaa::runner

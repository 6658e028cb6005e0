// The media engine: one read of a source, one decode of each track that is
// wanted, n encoded outputs. Runs in the calling thread plus one per output,
// and two more for one that is encoded in stretches (media/sound_encoder.h).
// Memory is bounded by the sinks' heads and a few MiB (11 more for each of
// those), except for the container's own tables.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/byte_stream.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "lib/jobs/run_outcome.h"
#include "runner/media/output_sink.h"

namespace vexaa::runner {

struct OutputRequest {
  jobs::OutputPlan plan;
  media::OpenSink open;  // the sink's Finish is its end
};

// For an output that may be made in any case.
inline OutputRequest OutputTo(media::OutputSink& sink, jobs::OutputPlan plan) {
  auto open = [&sink](std::string_view) -> base::Result<media::OutputSink*> {
    return &sink;
  };
  return {std::move(plan), open};
}

struct PipelineRequest {
  jobs::Clip clip = {};
  bool loudness = false;  // measure it, of every audio output
  std::vector<OutputRequest> outputs;
};

struct OutputReport {
  int index = 0;         // of the plan
  uint64_t samples = 0;  // per channel
  uint64_t duration_ms = 0;
  uint64_t bytes = 0;
  int sample_rate = 0;  // Hz
  int channels = 0;
  int track = 0;  // of the source's audio tracks, 0 is the first
  std::string language;
  std::string note;  // what was chosen and why: "the default track"
  std::optional<jobs::Loudness> loudness;
  bool gapless = true;  // a player can leave out the encoder's padding
};

// Codec, rate, channels and samples are of the first output's track.
struct SourceReport {
  std::string container;
  std::string codec;
  int sample_rate = 0;  // of the first decoded frame, Hz
  int channels = 0;
  std::optional<uint64_t> duration_ms;  // as the headers say, if they do
  uint64_t samples = 0;                 // decoded and wanted, per channel
  uint64_t bytes_read = 0;
  uint64_t damaged_packets = 0;  // left out, or silent where they were no sound
};

struct PipelineReport {
  SourceReport source;
  // Of the outputs that were made, in the order of the requests: those planned
  // for a track that the source does not have are left out.
  std::vector<OutputReport> outputs;
};

// Called in the calling thread, at every percent but at most 4 times a second,
// and at least every 2 s while the source is read.
using ProgressCallback = std::function<void(const jobs::RunProgress&)>;

// Errors carry a job reason (jobs::ReasonOf): InputUnreadable, NoAudioStream,
// UnsupportedCodec, CorruptInput, InputTooLarge, InvalidJob (the clip begins
// behind the end; more tracks than outputs), Internal. An error of source
// or sink is passed on as it is; kCancelled: `stop` was requested. After an
// error the sinks hold rubbish and were not finished.
base::Result<PipelineReport> RunPipeline(base::ByteSource& source,
                                         const PipelineRequest& request,
                                         const ProgressCallback& on_progress,
                                         const base::Clock& clock,
                                         std::stop_token stop);

}  // namespace vexaa::runner

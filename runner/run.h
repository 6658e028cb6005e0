// One run: a source, its outputs made in one pass, and the outcome. Stores and
// the media engine come as seams. Thread-compatible.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/byte_stream.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/jobs/run_outcome.h"
#include "lib/jobs/run_spec.h"
#include "runner/audio_pipeline.h"
#include "runner/open_uploads.h"
#include "runner/output_target.h"
#include "runner/progress.h"
#include "runner/run_stop.h"

namespace vexaa::runner {

// A source whose version is pinned by its ETag.
struct OpenedSource {
  std::unique_ptr<base::ByteSource> bytes;
  std::string etag;
  // What was asked of the store so far; valid as long as `bytes`.
  std::function<uint64_t()> bytes_fetched;
};

// The seams of a run. Errors name a job's reason, but for kCancelled.
struct RunSeams {
  std::function<base::Result<OpenedSource>(const std::string& uri,
                                           std::stop_token stop)>
      open_source;
  std::function<base::Result<std::unique_ptr<OutputTarget>>(
      const jobs::OutputPlan& output)>
      make_target;
  std::function<base::Result<PipelineReport>(
      base::ByteSource& source, const PipelineRequest& request,
      const ProgressCallback& on_progress, std::stop_token stop)>
      make_audio;
};

enum class PublishMode {
  kStageOnly,  // a controller publishes
  kPublish,    // by hand
};

class Run {
 public:
  // The references must outlive the run.
  Run(const jobs::RunSpec& spec, PublishMode mode, const RunSeams& seams,
      base::Clock& clock, base::Logger& log, ProgressBoard& board,
      OpenUploads& uploads);

  // Once. Never fails by itself: whatever happens is in the outcome.
  jobs::RunOutcome Execute(const RunStop& stop);

 private:
  // An output of the plan, and what became of it so far.
  struct Output {
    const jobs::OutputPlan* plan = nullptr;
    std::unique_ptr<OutputTarget> target;
    std::optional<jobs::OutputResult> result;  // none: not made (yet)
  };

  base::Status Work(std::stop_token stop);
  base::Status MakeTargets(std::stop_token stop);
  base::Status MakeAudio(std::stop_token stop);
  PipelineRequest RequestAll(std::stop_token stop);
  base::Result<media::OutputSink*> OpenTarget(Output& output,
                                              std::string_view content_type,
                                              std::stop_token stop);
  void KeepReport(const PipelineReport& report);
  base::Status SealTargets();
  base::Status Publish(std::stop_token stop);
  void AbortAll();
  void Succeed();

  const jobs::RunSpec& spec_;
  const PublishMode mode_;
  const RunSeams& seams_;
  base::Clock& clock_;
  base::Logger& log_;
  ProgressBoard& board_;
  OpenUploads& uploads_;
  OpenedSource source_;
  std::vector<Output> outputs_;
  jobs::RunOutcome outcome_;
};

}  // namespace vexaa::runner

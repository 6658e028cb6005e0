#include "runner/audio_pipeline.h"

#include <utility>

#include "runner/pipeline_run.h"

namespace vexaa::runner {

base::Result<PipelineReport> PipelineRun::Do() {
  RETURN_IF_ERROR(OpenSource());
  RETURN_IF_ERROR(ChooseTracks());
  RETURN_IF_ERROR(OpenTracks());
  RETURN_IF_ERROR(OpenOutputs());
  RETURN_IF_ERROR(GoToClip());
  RETURN_IF_ERROR(ReadAll());
  Describe();
  for (Making& making : makings_) RETURN_IF_ERROR(Finish(making));
  RETURN_IF_ERROR(MakePictures());
  double seconds = tracks_.empty() ? 0 : tracks_.front()->seconds();
  meter_.Tell(100, seconds, report_.source.bytes_read);
  return std::move(report_);
}

base::Result<PipelineReport> RunPipeline(base::ByteSource& source,
                                         const PipelineRequest& request,
                                         const ProgressCallback& on_progress,
                                         const base::Clock& clock,
                                         std::stop_token stop) {
  return PipelineRun(source, request, on_progress, clock, std::move(stop)).Do();
}

}  // namespace vexaa::runner

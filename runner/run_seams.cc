#include "runner/run_seams.h"

#include <unistd.h>

#include "lib/objects/object_reader.h"
#include "runner/audio_pipeline.h"
#include "runner/linked_pages.h"
#include "runner/pipe_target.h"
#include "runner/pulsing_source.h"
#include "runner/stage.h"
#include "runner/storage_reason.h"

namespace vexaa::runner {
namespace {

using base::Status;

constexpr char kStdout[] = "-";

// A stored source whose errors say what they mean for the job.
class StoredSource final : public base::ByteSource {
 public:
  StoredSource(std::unique_ptr<objects::ObjectReader> reader, std::string uri)
      : reader_(std::move(reader)), uri_(std::move(uri)) {}

  base::Result<size_t> Read(std::span<std::byte> out) override {
    base::Result<size_t> count = reader_->Read(out);
    if (!count.ok()) return SourceError(count.status(), uri_);
    return count;
  }
  Status Seek(uint64_t offset) override {
    return SourceError(reader_->Seek(offset), uri_);
  }
  uint64_t offset() const override { return reader_->offset(); }
  uint64_t size() const override { return reader_->size(); }
  void Follow(std::unique_ptr<base::ReadPlan> plan) override {
    reader_->Follow(std::move(plan));
  }

 private:
  const std::unique_ptr<objects::ObjectReader> reader_;
  const std::string uri_;
};

// What the media engine writes, beating.
class PulsingSink final : public media::OutputSink {
 public:
  PulsingSink(media::OutputSink& sink, Pulse& pulse)
      : sink_(sink), pulse_(pulse) {}

  size_t head_bytes() const override { return sink_.head_bytes(); }
  Status Write(std::span<const std::byte> data) override {
    pulse_.Beat();
    return sink_.Write(data);
  }
  Status Finish(std::span<const std::byte> head) override {
    pulse_.Beat();
    return sink_.Finish(head);
  }

 private:
  media::OutputSink& sink_;
  Pulse& pulse_;
};

base::Result<PipelineReport> MakeBeating(base::ByteSource& source,
                                         PipelineRequest request,
                                         const ProgressCallback& on_progress,
                                         const base::Clock& clock, Pulse& pulse,
                                         std::stop_token stop) {
  PulsingSource beating(source, pulse);
  std::vector<std::unique_ptr<PulsingSink>> sinks;
  for (OutputRequest& output : request.outputs)
    output.open =
        [&, open = output.open](
            std::string_view content_type) -> base::Result<media::OutputSink*> {
      ASSIGN_OR_RETURN(media::OutputSink * sink, open(content_type));
      sinks.push_back(std::make_unique<PulsingSink>(*sink, pulse));
      return sinks.back().get();
    };
  return RunPipeline(beating, request, on_progress, clock, std::move(stop));
}

// MP3 and what is no audio stay far below the smallest part size's limit; the
// others can be as large as what they come from.
bool MayBeLarge(const jobs::OutputPlan& output) {
  return output.kind == jobs::OutputKind::kAudio &&
         output.profile.codec != jobs::Codec::kMp3;
}

base::Result<std::unique_ptr<OutputTarget>> MakeTarget(
    const Stores& stores, const TargetOptions& options,
    const jobs::OutputPlan& output, base::Clock& clock) {
  std::unique_ptr<OutputTarget> target;
  if (output.uri == kStdout) {
    target = std::make_unique<PipeTarget>(STDOUT_FILENO);
    return target;
  }
  StageRequest request;
  ASSIGN_OR_RETURN(request.place, stores.Find(output.uri));
  request.uri = output.uri;
  request.identity = objects::IdentityOf(
      options.token, options.source_uri, output.profile.name,
      jobs::OutputFingerprint(output, options.clip));
  request.overwrite = options.overwrite;
  request.stage_name = options.stage_name;
  request.large = MayBeLarge(output);
  target = std::make_unique<StagedTarget>(std::move(request), clock);
  return target;
}

}  // namespace

base::Result<OpenedSource> OpenSource(const Stores& stores,
                                      const std::string& uri,
                                      const base::Clock& clock,
                                      std::stop_token stop) {
  ASSIGN_OR_RETURN(objects::Place place, stores.Find(uri));
  auto reader =
      objects::ObjectReader::Open(*place.store, place.path, {}, clock, stop);
  if (!reader.ok()) return SourceError(reader.status(), uri);
  OpenedSource source;
  source.etag = (*reader)->info().etag;
  source.bytes_fetched = [fetched = reader->get()] {
    return fetched->bytes_fetched();
  };
  source.bytes = std::make_unique<StoredSource>(std::move(*reader), uri);
  return source;
}

RunSeams MakeSeams(const Stores& stores, TargetOptions options,
                   base::Clock& clock, Pulse& pulse) {
  RunSeams seams;
  seams.open_source = [&stores, &clock](const std::string& uri,
                                        std::stop_token stop) {
    return OpenSource(stores, uri, clock, stop);
  };
  seams.make_target = [&stores, options = std::move(options),
                       &clock](const jobs::OutputPlan& output) {
    return MakeTarget(stores, options, output, clock);
  };
  seams.make_audio = [&clock, &pulse](base::ByteSource& source,
                                      const PipelineRequest& request,
                                      const ProgressCallback& on_progress,
                                      std::stop_token stop) {
    // Before the buffers are filled, so that the peak is lower.
    ForgetLinkedPages();
    return MakeBeating(source, request, on_progress, clock, pulse, stop);
  };
  return seams;
}

}  // namespace vexaa::runner

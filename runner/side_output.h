// One output of a run that is no audio: metadata, silence or a thumbnail. It
// is made beside the audio, of the same read; only a thumbnail reads a little
// more. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include "lib/base/byte_stream.h"
#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "runner/media/demuxer.h"
#include "runner/media/metadata.h"
#include "runner/media/output_sink.h"
#include "runner/media/silence_meter.h"

namespace vexaa::runner {

// Writes a small file through a sink that keeps its head, and finishes it.
base::Status WriteWhole(std::span<const std::byte> bytes,
                        media::OutputSink& sink);

class SideOutput {
 public:
  // `kind` is not kAudio.
  SideOutput(jobs::OutputKind kind, const jobs::SilenceRule& rule);

  // Metadata tells of every stream, also where the container does not.
  static media::Scrutiny ScrutinyFor(jobs::OutputKind kind);

  bool needs_sound() const { return kind_ == jobs::OutputKind::kSilence; }
  std::string_view content_type() const;
  // Finds out early that it cannot be made. InvalidJob: there is no video.
  base::Status Check(media::Demuxer& demuxer) const;
  // Before anything is given to it or finished; `sink` must outlive it.
  void WriteTo(media::OutputSink& sink) { sink_ = &sink; }
  // A decoded frame of the sound.
  void Push(const AVFrame& frame);
  // All sound was read. Metadata and silence are written and their size is
  // given; of a thumbnail that is still to be made, nothing.
  base::Result<std::optional<uint64_t>> Finish(
      media::Demuxer& demuxer, const media::DecodedFacts& facts);
  // Makes the thumbnail and gives its size; `source` is nobody else's then but
  // of `demuxer`, which may be none.
  base::Result<uint64_t> MakePicture(std::unique_ptr<media::Demuxer> demuxer,
                                     base::ByteSource& source,
                                     std::optional<double> seconds,
                                     std::stop_token stop);

 private:
  base::Result<uint64_t> Write(std::span<const std::byte> bytes);

  const jobs::OutputKind kind_;
  const jobs::SilenceRule rule_;
  media::OutputSink* sink_ = nullptr;
  media::SilenceMeter silence_;
};

}  // namespace vexaa::runner

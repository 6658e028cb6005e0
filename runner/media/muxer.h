// Writes one encoder's packets as a file into a sink. `sink` must outlive it.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <memory>

#include "lib/base/status.h"
#include "lib/jobs/profile.h"
#include "runner/media/libav.h"
#include "runner/media/output_sink.h"
#include "runner/media/sink_io.h"

namespace vexaa::media {

class Muxer {
 public:
  static base::Result<std::unique_ptr<Muxer>> Open(
      jobs::Codec codec, const AVCodecContext& encoder, OutputSink& sink);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  // Takes the packet's content. Its times are in the encoder's time base.
  base::Status Write(AVPacket& packet);
  // Writes the trailer and patches the head, which still waits to be given to
  // the sink.
  base::Status WriteTrailer();

  std::span<const std::byte> head() const { return io_.head(); }
  uint64_t bytes() const { return io_.size(); }
  // Samples that a player of the file hears, by the packets' own lengths.
  int64_t samples() const { return samples_; }

 private:
  Muxer(OutputSink& sink, const AVCodecContext& encoder);
  base::Status Start(jobs::Codec codec, const AVCodecContext& encoder);
  base::Status Check(int error, const char* what) const;

  SinkIo io_;
  AVFormatContext* format_ = nullptr;
  const AVRational time_base_;
  int64_t samples_;
};

}  // namespace vexaa::media

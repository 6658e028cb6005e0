// One audio encoder: frames in, packets out. Thread-compatible.
#pragma once

#include <functional>
#include <memory>

#include "lib/base/status.h"
#include "runner/audio_plan.h"
#include "runner/media/libav.h"
#include "runner/media/sample_fifo.h"

namespace vexaa::media {

// The usual layout of so many channels that the codec has.
AVChannelLayout LayoutFor(jobs::Codec codec, int channels);

class Encoder {
 public:
  using PacketHandler = std::function<base::Status(AVPacket&)>;

  // `layout`: of the channels in `format`.
  static base::Result<std::unique_ptr<Encoder>> Open(
      const runner::OutputFormat& format, const AVChannelLayout& layout);

  const AVCodecContext& context() const { return *context_; }
  FrameFormat frame_format() const;
  // Samples per frame; only the last frame may be shorter.
  int frame_samples() const;
  // Encodes a frame; nullptr once at the end.
  base::Status Encode(const AVFrame* frame, const PacketHandler& on_packet);

 private:
  Encoder(CodecContextPtr context, PacketPtr packet)
      : context_(std::move(context)), packet_(std::move(packet)) {}

  CodecContextPtr context_;
  PacketPtr packet_;
};

}  // namespace vexaa::media

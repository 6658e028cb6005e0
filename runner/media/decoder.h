// One audio decoder: packets in, frames out. Thread-compatible.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "lib/base/status.h"
#include "runner/audio_plan.h"
#include "runner/media/libav.h"

namespace vexaa::media {

class Decoder {
 public:
  using FrameHandler = std::function<base::Status(const AVFrame&)>;

  // UnsupportedCodec: the stream's codec is not on our list.
  static base::Result<std::unique_ptr<Decoder>> Open(const AVStream& stream);

  // Decodes a packet; nullptr once at the end. A damaged packet is counted and
  // skipped, one with samples that are no sound is counted, and they are
  // silent. CorruptInput: too many in a row. The handler's error ends it.
  base::Status Decode(const AVPacket* packet, const FrameHandler& on_frame);

  // Forgets what it holds: the next packet follows no other.
  void Flush();

  // libav's name; for MPEG audio the layer that the packets have, which some
  // containers do not tell.
  const std::string& codec_name() const { return codec_name_; }
  runner::SoundFormat SoundOf(const AVFrame& frame) const;
  uint64_t samples() const { return samples_; }
  uint64_t error_count() const { return error_count_; }

 private:
  Decoder(CodecContextPtr context, FramePtr frame)
      : context_(std::move(context)),
        frame_(std::move(frame)),
        codec_name_(avcodec_get_name(context_->codec_id)) {}
  base::Status Drain(const FrameHandler& on_frame);
  base::Status CountError();
  base::Status CheckFrame() const;

  CodecContextPtr context_;
  FramePtr frame_;
  std::string codec_name_;
  uint64_t samples_ = 0;
  uint64_t error_count_ = 0;
  int errors_in_a_row_ = 0;
  bool settling_ = false;  // errors after a flush are no damage
};

}  // namespace vexaa::media

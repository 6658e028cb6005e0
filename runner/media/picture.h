// Decodes, scales and compresses one picture. Thread-compatible.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "lib/base/status.h"
#include "runner/media/libav.h"
#include "runner/media/orientation.h"

namespace vexaa::media {

// A decoder that is given single key pictures, one at a time: it never holds
// more than about two of them.
class KeyPictureDecoder {
 public:
  // UnsupportedCodec: not on our list. InputTooLarge: more than
  // kMaxPicturePixels.
  static base::Result<std::unique_ptr<KeyPictureDecoder>> Open(
      const AVStream& stream);

  // nullptr: no picture comes out of this packet alone.
  FramePtr Decode(const AVPacket& packet);

 private:
  explicit KeyPictureDecoder(CodecContextPtr context)
      : context_(std::move(context)) {}

  CodecContextPtr context_;
};

// A JPEG of `width` pixels, and as high as the picture's shape asks for, when
// it is turned upright. CorruptInput: the picture cannot be used.
base::Result<std::vector<std::byte>> MakeJpeg(const AVFrame& picture, int width,
                                              const Orientation& orientation);

}  // namespace vexaa::media

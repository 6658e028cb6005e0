// The audio codecs that may be decoded: an allow-list, since every decoder of
// libav is attack surface. Thread-safe.
#pragma once

#include <string>

#include "runner/media/libav.h"

namespace vexaa::media {

// The decoder, or nullptr when the codec is not on the list.
const AVCodec* FindAllowedDecoder(AVCodecID id);
// The names of all allowed decoders, comma-separated as libav takes them.
const std::string& AllowedDecoderNames();

}  // namespace vexaa::media

// The video decoders that may be used, for one picture of a video.
#pragma once

#include "runner/media/libav.h"

namespace vexaa::media {

// nullptr: there is none, or it is not on the list.
const AVCodec* FindAllowedVideoDecoder(AVCodecID id);

}  // namespace vexaa::media

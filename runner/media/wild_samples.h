// Samples that are no sound: not a number, infinite, or over kLoudest. Decoders
// of floating point hand them on from damaged and hostile files; LAME ends the
// process on them, other encoders fail, and a meter's filter never recovers.
#pragma once

#include "lib/base/status.h"
#include "runner/media/libav.h"

namespace vexaa::media {

// 120 dB over full scale: sound in floating point that was never scaled to 1
// (90 dB) is below, what encoders can square and sum is far above.
inline constexpr float kLoudest = 1e6f;

// Makes such samples silent; whether there were any. Integers have none.
// OutOfMemory: a shared frame could not be copied.
base::Result<bool> MuteWildSamples(AVFrame& frame);

}  // namespace vexaa::media

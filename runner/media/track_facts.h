// Turns libav's streams into the facts that the audio plan decides on.
#pragma once

#include <vector>

#include "runner/audio_plan.h"
#include "runner/media/libav.h"

namespace vexaa::media {

// The audio streams known so far, in their order.
std::vector<runner::AudioTrack> DescribeTracks(const AVFormatContext& format);

}  // namespace vexaa::media

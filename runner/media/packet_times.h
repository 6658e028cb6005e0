// Counts the samples of a track's packets without decoding them, but for a
// first one whose header does not tell enough. Thread-compatible.
#pragma once

#include <cstdint>

#include "runner/media/libav.h"

namespace vexaa::media {

// Fills in what the container leaves to the packets: rate and channels, and
// the setup bytes of AAC. False: the packet does not tell them either.
bool CompleteParameters(const AVPacket& first, AVCodecParameters& codec);

// Samples that decoding the packet gives, delay included; 0: not known.
int64_t SamplesOf(const AVPacket& packet, const AVCodecParameters& codec,
                  AVRational time_base);

// What the packet tells players to leave out.
struct Skip {
  uint32_t start = 0;
  uint32_t end = 0;
};
Skip SkipOf(const AVPacket& packet);

}  // namespace vexaa::media

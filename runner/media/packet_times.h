// Counts the samples of a track's packets without decoding them, but for a
// first one whose header does not tell enough. Thread-compatible.
#pragma once

#include <cstdint>

#include "runner/media/libav.h"

namespace vexaa::media {

// Fills in what the container leaves to the packets: rate and channels, and
// the setup bytes of AAC. False: the packet does not tell them either.
bool CompleteParameters(const AVPacket& first, AVCodecParameters& codec);

// Samples of a frame, by decoding one, where packets' times are rounded and
// only the frames themselves tell; else 0. SamplesOf goes by it as the codec's
// frame size.
int LearnFrameSamples(const AVPacket& first, const AVCodecParameters& codec,
                      AVRational time_base);

// Samples that decoding the packet gives, delay included; 0: not known.
int64_t SamplesOf(const AVPacket& packet, const AVCodecParameters& codec,
                  AVRational time_base);

// The packets of the codec all last as long, and each is decoded alike after a
// jump: no blocks of two lengths, no reservoir of bits that a jump throws away.
bool HasEqualPackets(AVCodecID codec);

// What the packet tells players to leave out.
struct Skip {
  uint32_t start = 0;
  uint32_t end = 0;
};
Skip SkipOf(const AVPacket& packet);
// Tells it, in the place of what it told; false: no memory.
bool SetSkip(AVPacket& packet, const Skip& skip);

}  // namespace vexaa::media

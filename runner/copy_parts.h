// What a copy learns from its source's packets and changes of them: lengths,
// delay, the words of the codec. PURE but for the packet that is changed.
#pragma once

#include <cstdint>

#include "lib/jobs/profile.h"
#include "runner/media/libav.h"

namespace vexaa::runner {

// Of AAC in a transport stream's frames.
bool HasAdtsHeader(const AVPacket& packet, AVCodecID codec);

// Samples that decoding the packet gives: of PCM as many as it has bytes for,
// whatever the source tells; else within what one may hold.
int64_t SamplesIn(const AVPacket& packet, const AVCodecParameters& codec,
                  AVRational time_base);
// A packet as long as players hear it.
int64_t HeardSamples(const AVPacket& packet, int64_t samples);
// Samples at the beginning that nobody hears, as source and first packet tell.
int DelayOf(const AVPacket& first, const AVCodecParameters& codec,
            jobs::Container container, AVRational time_base);

// A clip has neither the length nor the checksum of the whole.
void ForgetLength(AVCodecParameters& codec);
// The delay, where Ogg, Matroska and MP4 say that of Opus once more.
void SetPreSkip(AVCodecParameters& codec);

// Of all channels of PCM, where samples simply follow each other; else 0.
int BytesPerSample(const AVCodecParameters& codec);
// Leaves the samples from `first` up to `end`, which the packet must hold.
void Cut(AVPacket& packet, int bytes_per_sample, int64_t first, int64_t end);

}  // namespace vexaa::runner

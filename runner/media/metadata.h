// Describes a source as JSON: container, length, streams, tags, chapters. The
// shape is in docs/outputs.md. Always valid UTF-8 and at most a few 100 KiB,
// whatever the source claims.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runner/media/libav.h"
#include "runner/media/sniff.h"

namespace vexaa::media {

// What a run learnt beyond the headers, where those do not say it.
struct DecodedFacts {
  int stream = -1;  // that was decoded
  int sample_rate = 0;
  int channels = 0;
  std::optional<double> seconds;  // of its sound
};

std::string DescribeSource(const AVFormatContext& format,
                           const Container& container, uint64_t source_bytes,
                           const DecodedFacts& decoded);

}  // namespace vexaa::media

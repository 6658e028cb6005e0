// Any bytes through sniff, AVIO, demuxer, decoder, resampler, encoder, muxer
// and every side output: whatever they are, a run ends with a result or with a
// typed reason that is not our fault.
#pragma once

#include <cstddef>
#include <span>

#include "lib/base/status.h"

namespace vexaa::fuzz {

// The last two bytes choose what is made of the others: the profile, then bits
// for side outputs, loudness, a clip and a length that lies.
base::Status RunInput(std::span<const std::byte> input);

// A result, a stop, or a reason that lies in the input.
bool IsItsOwnFault(const base::Status& end);

}  // namespace vexaa::fuzz

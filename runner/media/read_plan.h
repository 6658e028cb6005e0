// What of a source its container says will be read for some of its tracks.
#pragma once

#include <memory>
#include <span>

#include "lib/base/byte_stream.h"
#include "runner/media/libav.h"
#include "runner/media/sniff.h"

namespace vexaa::media {

// Nothing: the container has no such index, reading on is all that is known.
std::unique_ptr<base::ReadPlan> PlanReading(
    const Container& container, std::span<const AVStream* const> wanted);

}  // namespace vexaa::media

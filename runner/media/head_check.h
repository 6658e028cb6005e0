// Opens the head of a finished file again, as a player would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/base/status.h"
#include "runner/audio_plan.h"

namespace vexaa::media {

// Internal: the head of a file of `total_bytes` cannot be opened, or does not
// announce this format and this length.
base::Status CheckHead(std::span<const std::byte> head, uint64_t total_bytes,
                       const runner::OutputFormat& format, uint64_t samples);

}  // namespace vexaa::media

// Opens the head of a finished file again, as a player would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lib/base/status.h"
#include "runner/audio_plan.h"

namespace vexaa::media {

struct HeadFacts {
  uint64_t total_bytes = 0;
  std::string codec;  // libav's name
  int sample_rate = 0;
  std::optional<uint64_t> samples;  // where the header tells the length
  int64_t slack_samples = 0;        // that the header may be off
};

// How far a header's length may be from the samples that are heard.
int64_t HeaderSlack(const runner::OutputFormat& format);

// Internal: the head of a file cannot be opened, or does not announce this.
base::Status CheckHead(std::span<const std::byte> head, const HeadFacts& facts);

}  // namespace vexaa::media

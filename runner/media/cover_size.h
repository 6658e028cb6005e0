// The size of a JPEG or PNG by its header, without decoding it. PURE.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace vexaa::media {

struct CoverSize {
  int width = 0;  // pixels
  int height = 0;
};

// Nothing: the bytes are neither, or are cut off before they tell.
std::optional<CoverSize> ReadCoverSize(std::span<const std::byte> picture);

}  // namespace vexaa::media

// Names a file's container from its first bytes, by rules of our own: nothing
// else decides which demuxer of libav sees the data. PURE.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace vexaa::media {

// How many first bytes Sniff wants; it works with fewer.
inline constexpr size_t kSniffBytes = 64 << 10;

struct Container {
  std::string_view name;     // "mp4", "matroska", "mpegts", ... for people
  std::string_view demuxer;  // libav's name, of the allow-list
  // An MP4 of fragments: its header knows neither length nor table.
  bool fragmented = false;
  bool operator==(const Container&) const = default;
};

// Nothing when the bytes are no container that this program reads.
std::optional<Container> Sniff(std::span<const std::byte> head);

}  // namespace vexaa::media

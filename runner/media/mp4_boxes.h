// Reads what a fragment of an MP4 says about where its samples lie. Pure; any
// bytes may come, wrong ones say nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "lib/base/byte_stream.h"

namespace vexaa::media {

constexpr uint32_t BoxType(const char (&name)[5]) {
  return static_cast<uint32_t>(static_cast<unsigned char>(name[0])) << 24 |
         static_cast<uint32_t>(static_cast<unsigned char>(name[1])) << 16 |
         static_cast<uint32_t>(static_cast<unsigned char>(name[2])) << 8 |
         static_cast<uint32_t>(static_cast<unsigned char>(name[3]));
}

struct BoxHeader {
  uint32_t type = 0;
  uint64_t size = 0;  // of the box with its header; 0: up to the end
  size_t header_bytes = 0;
};

// How many bytes of a box tell its header: 8, or 16 once these say so.
size_t HeaderBytes(std::span<const std::byte> bytes);
// `bytes` hold the header. Nothing: no box has such a size.
std::optional<BoxHeader> ParseBoxHeader(std::span<const std::byte> bytes);

// By track id: the size of samples whose fragments give none.
std::map<uint32_t, uint32_t> DefaultSampleSizes(
    std::span<const std::byte> moov);

// Where the samples of `tracks` lie, by a whole moof that begins at
// `moof_offset`. Runs of unknown length are left out.
std::vector<base::ByteRange> SampleRanges(
    std::span<const std::byte> moof, uint64_t moof_offset,
    std::span<const uint32_t> tracks,
    const std::map<uint32_t, uint32_t>& default_sizes);

}  // namespace vexaa::media

// How an M4A is laid out: with its index in front, for which room must be kept
// before the first packet, or in fragments. PURE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vexaa::media {

struct M4aFacts {
  std::optional<double> seconds;  // that the sound will last
  int sample_rate = 0;
  int frame_samples = 0;   // 0: it varies
  size_t extra_bytes = 0;  // of cover and tags
  size_t head_bytes = 0;   // that the sink keeps back
};

struct M4aLayout {
  bool fragmented = true;
  size_t index_bytes = 0;  // room for the `moov` box
};

// Fragmented where the length is unknown or over 2 h, or the room would not
// fit in the sink's head.
M4aLayout PlanM4a(const M4aFacts& facts);

// The bytes that an index takes, by what was written so far.
class M4aIndexSize {
 public:
  explicit M4aIndexSize(size_t extra_bytes) : bytes_(extra_bytes) {}
  void Add(int64_t duration, int packet_bytes);
  size_t bytes() const;

 private:
  size_t bytes_;
  int64_t last_duration_ = -1;
  uint64_t media_bytes_ = 0;
};

}  // namespace vexaa::media

#include "runner/media/m4a_plan.h"

namespace vexaa::media {
namespace {

// Up to here libavformat's own table of packets stays small in memory.
constexpr double kMaxSeconds = 2 * 3600;
// A size per packet takes 4 bytes; the rest is for changes of length and for
// the places of the chunks.
constexpr size_t kBytesPerPacket = 5;
constexpr size_t kFixedBytes = 64 << 10;
// Headers before and behind the index.
constexpr size_t kAroundBytes = 4 << 10;
// Frames of unknown length are at least this long with every codec.
constexpr int kShortestFrame = 256;
// What boxes without a table take, tags apart.
constexpr size_t kBoxBytes = 8 << 10;
constexpr size_t kBytesPerLength = 8;
constexpr size_t kBytesPerChunk = 20;
// libavformat ends a chunk at 1 MiB.
constexpr uint64_t kChunkBytes = 1 << 19;

}  // namespace

M4aLayout PlanM4a(const M4aFacts& facts) {
  if (!facts.seconds || *facts.seconds <= 0 || *facts.seconds > kMaxSeconds)
    return {};
  int frame = facts.frame_samples > 0 ? facts.frame_samples : kShortestFrame;
  auto packets =
      static_cast<size_t>(*facts.seconds * facts.sample_rate / frame);
  size_t room = kBytesPerPacket * packets + facts.extra_bytes + kFixedBytes;
  if (room + kAroundBytes > facts.head_bytes) return {};
  return {false, room};
}

void M4aIndexSize::Add(int64_t duration, int packet_bytes) {
  bytes_ += 4;
  if (duration != last_duration_) bytes_ += kBytesPerLength;
  last_duration_ = duration;
  media_bytes_ += static_cast<uint64_t>(packet_bytes);
}

size_t M4aIndexSize::bytes() const {
  return bytes_ + kBoxBytes + (media_bytes_ / kChunkBytes + 1) * kBytesPerChunk;
}

}  // namespace vexaa::media

// Decides which byte ranges of an object to fetch while a demuxer reads and
// seeks in it. Pure state, no IO. Reading on grows the ranges and fetches
// ahead; a short skip forward is read through, because a new request costs
// more than the bytes between; a far jump starts small again.
//
// In order, with skips of at most `join_gap`: at most
// size / max_range + 6 requests after each far jump.
#pragma once

#include <cstdint>

namespace vexaa::objects {

struct PlanLimits {
  uint64_t first_range = 256 << 10;
  uint64_t max_range = 8 << 20;
  uint64_t join_gap = 1 << 20;
  uint64_t ahead = 16 << 20;  // of the position, at full range size
};

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t end() const { return offset + size; }
  bool operator==(const ByteRange&) const = default;
};

class RangePlanner {
 public:
  RangePlanner(uint64_t object_size, const PlanLimits& limits)
      : object_size_(object_size), limits_(limits) {}

  // Nothing fetched lies in `gap`, which holds `offset`. The range lies in it
  // and holds `offset`, but may begin before.
  ByteRange Miss(uint64_t offset, const ByteRange& gap);
  // Something should be fetched before it is asked for, when reading stands at
  // `position`; TakeAhead says what.
  bool WantsAhead(uint64_t position) const;
  // `limit` is where fetched bytes begin again.
  ByteRange TakeAhead(uint64_t limit) { return Clip(Next(0), limit); }
  uint64_t frontier() const { return frontier_; }
  // What lies before `offset` is fetched already.
  void SkipTo(uint64_t offset) { frontier_ = offset; }
  // Reading on from `position` will need what lies up to here.
  uint64_t NeededUpTo(uint64_t position) const;

 private:
  ByteRange Next(uint64_t least_size);
  ByteRange Clip(ByteRange range, uint64_t limit);
  bool InRun(uint64_t position) const {
    return last_size_ != 0 && position >= start_ && position < frontier_;
  }

  const uint64_t object_size_;
  const PlanLimits limits_;
  uint64_t start_ = 0;      // where the current run began
  uint64_t frontier_ = 0;   // where its fetched ranges end
  uint64_t last_size_ = 0;  // of its last range; 0: no run yet
};

}  // namespace vexaa::objects

// Decides which byte ranges of an object to fetch while a demuxer reads and
// seeks in it. Pure state, no IO. Without a plan, reading on grows the ranges
// and fetches ahead; a short skip forward is read through, because a new
// request costs more than the bytes between; a far jump starts small again.
// With a plan, exactly what it needs is fetched, gaps of at most `join_gap`
// joined; a reader that keeps leaving its plan loses it.
//
// In order, with skips of at most `join_gap`: at most
// size / max_range + 6 requests after each far jump.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lib/base/byte_stream.h"

namespace vexaa::objects {

using base::ByteRange;

struct PlanLimits {
  uint64_t first_range = 256 << 10;
  uint64_t max_range = 8 << 20;
  uint64_t join_gap = 1 << 20;  // at least; SetJoinGap raises it
  uint64_t ahead = 16 << 20;    // of the position, at full range size
  // A gap that AVIO reads through instead of seeking is never left out.
  uint64_t small_gap = 64 << 10;
  // A gap between wanted bytes that is kept with them.
  uint64_t keep_gap = 2 << 10;
};

class RangePlanner {
 public:
  RangePlanner(uint64_t object_size, const PlanLimits& limits)
      : object_size_(object_size),
        limits_(limits),
        join_gap_(limits.join_gap) {}

  void Follow(std::unique_ptr<base::ReadPlan> plan);
  base::ReadPlan* plan() const { return plan_.get(); }
  // What costs as much time as a request does.
  void SetJoinGap(uint64_t bytes);
  uint64_t join_gap() const { return join_gap_; }

  // Nothing fetched lies in `gap`, which holds `offset`. The range lies in it
  // and holds `offset`, but may begin before.
  ByteRange Miss(uint64_t offset, const ByteRange& gap);
  // What should be fetched before it is asked for, when reading stands at
  // `position`; nothing: nothing for now.
  std::optional<ByteRange> Ahead(uint64_t position);
  // `range`, begun where Ahead said, is being fetched. A shorter one: fetched
  // bytes begin again there.
  void Took(const ByteRange& range);
  // What comes next is fetched already, up to here.
  void SkipTo(uint64_t offset) { frontier_ = std::max(frontier_, offset); }
  uint64_t frontier() const { return frontier_; }
  // Reading on at `offset` continues the run, at full size, and a plan leaves
  // nothing out of the next such range.
  bool ReadsOn(uint64_t offset) const;
  // What somebody will read of `range`: all of it without a plan, or where the
  // plan knows nothing of it.
  std::vector<ByteRange> Wanted(const ByteRange& range) const;
  // Reading on from `position` will need what lies up to here.
  uint64_t NeededUpTo(uint64_t position) const;

 private:
  uint64_t NextSize() const;
  std::optional<ByteRange> AheadByPlan(uint64_t position);
  std::optional<ByteRange> Planned(uint64_t from);
  ByteRange ReadOn(uint64_t from, uint64_t least_size) const;
  std::optional<ByteRange> PlannedMiss(uint64_t offset);
  ByteRange Begin(uint64_t offset);
  bool InRun(uint64_t position) const {
    return last_size_ != 0 && position >= start_ && position < frontier_;
  }

  const uint64_t object_size_;
  const PlanLimits limits_;
  uint64_t join_gap_;
  uint64_t start_ = 0;      // where the current run began
  uint64_t frontier_ = 0;   // where its fetched ranges end
  uint64_t last_size_ = 0;  // of its last range; 0: no run yet
  std::unique_ptr<base::ReadPlan> plan_;
  uint64_t run_start_ = 0;      // where a gap was left out last
  bool reads_through_ = false;  // what the plan does not know yet
  bool leaves_gaps_ = false;    // behind its last range
  int strays_ = 0;              // misses the plan did not foresee
};

}  // namespace vexaa::objects

#include "lib/objects/range_planner.h"

#include <algorithm>

namespace vexaa::objects {

ByteRange RangePlanner::Next(uint64_t least_size) {
  uint64_t size = last_size_ == 0 ? limits_.first_range
                                  : std::min(last_size_ * 2, limits_.max_range);
  ByteRange range{frontier_, std::min(std::max(size, least_size),
                                      object_size_ - frontier_)};
  last_size_ = size;
  frontier_ = range.end();
  return range;
}

ByteRange RangePlanner::Clip(ByteRange range, uint64_t limit) {
  range.size = std::min(range.end(), limit) - range.offset;
  frontier_ = range.end();
  return range;
}

ByteRange RangePlanner::Miss(uint64_t offset, const ByteRange& gap) {
  bool reads_on = last_size_ != 0 && offset >= frontier_ &&
                  offset - frontier_ <= limits_.join_gap;
  if (!reads_on) {
    start_ = frontier_ = offset;
    last_size_ = 0;
  }
  frontier_ = std::max(frontier_, gap.offset);
  return Clip(Next(offset - frontier_ + limits_.first_range), gap.end());
}

bool RangePlanner::WantsAhead(uint64_t position) const {
  if (!InRun(position) || frontier_ >= object_size_) return false;
  // Until the run has proven itself: one range, once half of the last is read.
  bool proven = last_size_ >= limits_.max_range;
  return frontier_ - position <= (proven ? limits_.ahead : last_size_ / 2);
}

uint64_t RangePlanner::NeededUpTo(uint64_t position) const {
  return InRun(position) ? frontier_ : position;
}

}  // namespace vexaa::objects

#include "runner/media/index_plan.h"

#include <algorithm>

namespace vexaa::media {

std::optional<base::ByteRange> IndexPlan::NeededFrom(uint64_t offset) const {
  auto found = std::partition_point(
      ranges_.begin(), ranges_.end(),
      [offset](const auto& range) { return range.end() <= offset; });
  if (found == ranges_.end()) return std::nullopt;
  return *found;
}

void JoinRanges(std::vector<base::ByteRange>& ranges, uint64_t gap) {
  auto by_offset = [](const auto& a, const auto& b) {
    return a.offset < b.offset;
  };
  if (ranges.empty()) return;
  if (!std::is_sorted(ranges.begin(), ranges.end(), by_offset))
    std::sort(ranges.begin(), ranges.end(), by_offset);
  auto last = ranges.begin();
  for (auto next = last + 1; next != ranges.end(); ++next) {
    if (next->offset > last->end() + gap) {
      *++last = *next;
      continue;
    }
    last->size = std::max(last->end(), next->end()) - last->offset;
  }
  ranges.erase(last + 1, ranges.end());
}

}  // namespace vexaa::media

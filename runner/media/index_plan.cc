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

std::vector<base::ByteRange> JoinRanges(std::vector<base::ByteRange> ranges,
                                        uint64_t gap) {
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  std::vector<base::ByteRange> joined;
  for (const base::ByteRange& range : ranges) {
    if (joined.empty() || range.offset > joined.back().end() + gap) {
      joined.push_back(range);
      continue;
    }
    base::ByteRange& last = joined.back();
    last.size = std::max(last.end(), range.end()) - last.offset;
  }
  return joined;
}

}  // namespace vexaa::media

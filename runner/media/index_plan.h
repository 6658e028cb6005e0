// The plan of a source whose container has an index: known byte ranges.
#pragma once

#include <vector>

#include "lib/base/byte_stream.h"

namespace vexaa::media {

class IndexPlan final : public base::ReadPlan {
 public:
  // In the order of the file, none overlapping another.
  explicit IndexPlan(std::vector<base::ByteRange> ranges)
      : ranges_(std::move(ranges)) {}

  std::optional<base::ByteRange> NeededFrom(uint64_t offset) const override;
  std::optional<uint64_t> Unknown() const override { return std::nullopt; }
  void Learn(std::span<const std::byte>) override {}

 private:
  const std::vector<base::ByteRange> ranges_;
};

// Sorts the ranges and joins those with at most `gap` bytes between them.
void JoinRanges(std::vector<base::ByteRange>& ranges, uint64_t gap);

}  // namespace vexaa::media

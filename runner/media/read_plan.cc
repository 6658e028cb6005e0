#include "runner/media/read_plan.h"

#include <utility>
#include <vector>

#include "runner/media/fragment_plan.h"
#include "runner/media/index_plan.h"

namespace vexaa::media {
namespace {

// What lies between two pictures of the smallest videos; copying less is not
// worth a range.
constexpr uint64_t kJoinGap = 4 << 10;
// 6 MiB of ranges: some two hours of sound, interleaved picture by picture.
constexpr size_t kMostRanges = 400'000;
// The plan of a day of sound stays small. No link makes a request cheaper than
// this many bytes, so that nothing more is fetched.
constexpr uint64_t kWideJoinGap = 256 << 10;

// AVIndexEntry has an entry for each packet of an MP4's track.
void AddRanges(const AVStream& stream, uint64_t join_gap,
               std::vector<base::ByteRange>& ranges) {
  auto* indexed = const_cast<AVStream*>(&stream);
  for (int i = 0; i < avformat_index_get_entries_count(&stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(indexed, i);
    if (entry->pos < 0 || entry->size <= 0) continue;
    base::ByteRange range{static_cast<uint64_t>(entry->pos),
                          static_cast<uint64_t>(entry->size)};
    // Packets of one chunk touch: what is joined at once is never kept.
    bool near = !ranges.empty() && range.offset >= ranges.back().offset &&
                range.offset <= ranges.back().end() + join_gap;
    if (!near) {
      ranges.push_back(range);
    } else if (range.end() > ranges.back().end()) {
      ranges.back().size = range.end() - ranges.back().offset;
    }
  }
}

std::vector<base::ByteRange> RangesOf(std::span<const AVStream* const> wanted,
                                      uint64_t join_gap) {
  std::vector<base::ByteRange> ranges;
  for (const AVStream* stream : wanted) AddRanges(*stream, join_gap, ranges);
  JoinRanges(ranges, join_gap);
  return ranges;
}

}  // namespace

std::unique_ptr<base::ReadPlan> PlanReading(
    const Container& container, std::span<const AVStream* const> wanted) {
  if (container.demuxer != "mov") return nullptr;
  if (container.fragmented) {
    std::vector<uint32_t> tracks;
    for (const AVStream* stream : wanted) {
      tracks.push_back(static_cast<uint32_t>(stream->id));
    }
    return std::make_unique<FragmentPlan>(std::move(tracks));
  }
  std::vector<base::ByteRange> ranges = RangesOf(wanted, kJoinGap);
  if (ranges.size() > kMostRanges) ranges = RangesOf(wanted, kWideJoinGap);
  if (ranges.empty()) return nullptr;
  return std::make_unique<IndexPlan>(std::move(ranges));
}

}  // namespace vexaa::media

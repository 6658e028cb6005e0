#include "runner/media/read_plan.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "runner/media/fragment_plan.h"
#include "runner/media/index_plan.h"
#include "runner/media/mp4_boxes.h"

namespace vexaa::media {
namespace {

// What lies between two pictures of the smallest videos; copying less is not
// worth a range.
constexpr uint64_t kJoinGap = 4 << 10;
// 6 MiB of ranges: some two hours of sound, interleaved picture by picture.
constexpr size_t kMostRanges = 400'000;
// AVIO reads through less than that where it has a buffer, and the plan of a
// day of sound stays small. No link makes a request cheaper than this many
// bytes, so that nothing more is fetched.
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

bool RunsForward(const AVStream& stream) {
  auto* indexed = const_cast<AVStream*>(&stream);
  int64_t end = 0;
  for (int i = 0; i < avformat_index_get_entries_count(&stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(indexed, i);
    constexpr int64_t kFarthest = std::numeric_limits<int64_t>::max() / 2;
    if (entry->pos < end || entry->pos > kFarthest || entry->size < 0)
      return false;
    end = entry->pos + entry->size;
  }
  return true;
}

// libav reads whole buffers, and looks at the box behind an index.
constexpr uint64_t kBufferSlack = 64 << 10;
constexpr size_t kMaxBoxHeader = 16;

std::unique_ptr<base::ReadPlan> OneRange(uint64_t begin, uint64_t end) {
  return std::make_unique<IndexPlan>(
      std::vector<base::ByteRange>{{begin, end - begin}});
}

}  // namespace

bool ReadsOnce(const Container& container,
               std::span<const AVStream* const> wanted) {
  return container.demuxer == "mov" && !container.fragmented &&
         std::all_of(wanted.begin(), wanted.end(), [](const AVStream* stream) {
           return RunsForward(*stream);
         });
}

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
  const bool narrow = ReadsOnce(container, wanted);
  std::vector<base::ByteRange> ranges =
      RangesOf(wanted, narrow ? kJoinGap : kWideJoinGap);
  if (ranges.size() > kMostRanges) ranges = RangesOf(wanted, kWideJoinGap);
  if (ranges.empty()) return nullptr;
  return std::make_unique<IndexPlan>(std::move(ranges));
}

std::unique_ptr<base::ReadPlan> PlanHeader(const Container& container,
                                           std::span<const std::byte> head,
                                           uint64_t size) {
  if (container.demuxer != "mov" || container.fragmented) return nullptr;
  for (uint64_t at = 0; at + kMaxBoxHeader <= head.size();) {
    auto rest = head.subspan(static_cast<size_t>(at));
    auto box = ParseBoxHeader(rest.first(HeaderBytes(rest)));
    if (!box || box->size == 0 || box->size > size - at) return nullptr;
    const uint64_t end = at + box->size;
    if (box->type == BoxType("moov"))
      return OneRange(0, std::min(end + kBufferSlack, size));
    if (box->type == BoxType("mdat"))
      return std::make_unique<IndexPlan>(std::vector<base::ByteRange>{
          {0, std::min<uint64_t>(at + kBufferSlack, end)}, {end, size - end}});
    at = end;
  }
  return nullptr;
}

// libav seeks by presentation times and finds by decoding times: halfway to the
// next key picture both mean this one.
std::optional<KeyPicture> FindKeyPicture(const Container& container,
                                         const AVStream& stream,
                                         int64_t timestamp) {
  if (container.demuxer != "mov" || container.fragmented) return std::nullopt;
  auto* indexed = const_cast<AVStream*>(&stream);
  int at = av_index_search_timestamp(indexed, timestamp, AVSEEK_FLAG_BACKWARD);
  const int count = avformat_index_get_entries_count(&stream);
  if (at < 0) at = 0;
  if (at >= count) return std::nullopt;
  const AVIndexEntry key = *avformat_index_get_entry(indexed, at);
  if (key.pos < 0 || key.size <= 0) return std::nullopt;
  int next = at + 1;
  while (next < count && (avformat_index_get_entry(indexed, next)->flags &
                          AVINDEX_KEYFRAME) == 0)
    ++next;
  const AVIndexEntry* after =
      avformat_index_get_entry(indexed, std::min(next, count - 1));
  return KeyPicture{
      key.timestamp + (after->timestamp - key.timestamp) / 2,
      {static_cast<uint64_t>(key.pos), static_cast<uint64_t>(key.size)}};
}

std::unique_ptr<base::ReadPlan> PlanPicture(const KeyPicture& picture) {
  return OneRange(picture.bytes.offset, picture.bytes.end() + kBufferSlack);
}

}  // namespace vexaa::media

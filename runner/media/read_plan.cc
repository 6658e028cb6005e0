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

// What the index says of some tracks; in order only after Join.
struct Walk {
  std::vector<base::ByteRange> ranges;
  uint64_t join_gap = kJoinGap;
  bool forward = true;  // in each track

  void Join(uint64_t gap) {
    join_gap = gap;
    JoinRanges(ranges, gap);
  }
  void Add(const base::ByteRange& range);
};

// Packets of one chunk touch: what is joined at once is never kept.
void Walk::Add(const base::ByteRange& range) {
  bool near = !ranges.empty() && range.offset >= ranges.back().offset &&
              range.offset <= ranges.back().end() + join_gap;
  if (near) {
    uint64_t end = std::max(range.end(), ranges.back().end());
    ranges.back().size = end - ranges.back().offset;
    return;
  }
  if (ranges.size() == kMostRanges && join_gap < kWideJoinGap)
    Join(kWideJoinGap);
  ranges.push_back(range);
}

// AVIndexEntry has an entry for each packet of an MP4's track.
void WalkTrack(const AVStream& stream, Walk& walk) {
  auto* indexed = const_cast<AVStream*>(&stream);
  int64_t end = 0;
  for (int i = 0; i < avformat_index_get_entries_count(&stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(indexed, i);
    constexpr int64_t kFarthest = std::numeric_limits<int64_t>::max() / 2;
    if (entry->pos < end || entry->pos > kFarthest || entry->size < 0)
      walk.forward = false;
    else
      end = entry->pos + entry->size;
    if (entry->pos >= 0 && entry->size > 0)
      walk.Add({static_cast<uint64_t>(entry->pos),
                static_cast<uint64_t>(entry->size)});
  }
}

Reading PlanByIndex(std::span<const AVStream* const> wanted) {
  Walk walk;
  for (const AVStream* stream : wanted) WalkTrack(*stream, walk);
  if (walk.ranges.empty()) return {};
  walk.Join(walk.forward ? walk.join_gap : kWideJoinGap);
  return {std::make_unique<IndexPlan>(std::move(walk.ranges)), walk.forward};
}

// libav reads whole buffers, and looks at the box behind an index.
constexpr uint64_t kBufferSlack = 64 << 10;
constexpr size_t kMaxBoxHeader = 16;

std::unique_ptr<base::ReadPlan> OneRange(uint64_t begin, uint64_t end) {
  return std::make_unique<IndexPlan>(
      std::vector<base::ByteRange>{{begin, end - begin}});
}

}  // namespace

Reading PlanReading(const Container& container,
                    std::span<const AVStream* const> wanted) {
  if (container.demuxer != "mov") return {};
  if (!container.fragmented) return PlanByIndex(wanted);
  std::vector<uint32_t> tracks;
  for (const AVStream* stream : wanted)
    tracks.push_back(static_cast<uint32_t>(stream->id));
  return {std::make_unique<FragmentPlan>(std::move(tracks)), false};
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

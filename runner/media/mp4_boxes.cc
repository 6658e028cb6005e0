#include "runner/media/mp4_boxes.h"

#include <algorithm>

namespace vexaa::media {
namespace {

using Bytes = std::span<const std::byte>;

// Flags of tfhd and trun, ISO/IEC 14496-12, 8.8.7 and 8.8.8.
constexpr uint32_t kBaseOffset = 1, kDescription = 2, kDefaultDuration = 8,
                   kDefaultSize = 0x10, kBaseIsMoof = 0x20000;
constexpr uint32_t kDataOffset = 1, kFirstFlags = 4, kDurations = 0x100,
                   kSizes = 0x200, kFlags = 0x400, kTimeOffsets = 0x800;
// No file is larger; keeps sums of hostile sizes from wrapping.
constexpr uint64_t kMostBytes = uint64_t{1} << 48;

uint64_t Number(Bytes bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = at; i < at + count; ++i) {
    value = value << 8 | std::to_integer<uint64_t>(bytes[i]);
  }
  return value;
}

// Takes numbers off a box's content; 0 once it is used up.
class Fields {
 public:
  explicit Fields(Bytes bytes) : rest_(bytes) {}
  uint64_t Take(size_t count) {
    if (rest_.size() < count) {
      short_ = true;
      rest_ = {};
      return 0;
    }
    uint64_t value = Number(rest_, 0, count);
    rest_ = rest_.subspan(count);
    return value;
  }
  uint32_t Take32() { return static_cast<uint32_t>(Take(4)); }
  size_t left() const { return rest_.size(); }
  bool is_short() const { return short_; }

 private:
  Bytes rest_;
  bool short_ = false;
};

// Calls `visit(type, content)` for each box that lies whole in `bytes`.
template <typename Visit>
void ForEachBox(Bytes bytes, Visit visit) {
  while (bytes.size() >= 8 && bytes.size() >= HeaderBytes(bytes)) {
    auto header = ParseBoxHeader(bytes);
    if (!header || header->size > bytes.size() || header->size == 0) return;
    auto size = static_cast<size_t>(header->size);
    visit(header->type, bytes.first(size).subspan(header->header_bytes));
    bytes = bytes.subspan(size);
  }
}

Bytes Content(Bytes box) {
  if (box.size() < 8 || box.size() < HeaderBytes(box)) return {};
  return box.subspan(HeaderBytes(box));
}

struct TrackHeader {
  uint32_t track = 0;
  uint32_t default_size = 0;
  uint64_t base = 0;
};

TrackHeader ParseTrackHeader(Bytes content, uint64_t moof_offset,
                             uint64_t last_end,
                             const std::map<uint32_t, uint32_t>& sizes) {
  Fields fields(content);
  uint32_t flags = fields.Take32();
  TrackHeader header;
  header.track = fields.Take32();
  header.base = (flags & kBaseIsMoof) != 0 ? moof_offset : last_end;
  if ((flags & kBaseOffset) != 0) header.base = fields.Take(8);
  if ((flags & kDescription) != 0) fields.Take32();
  if ((flags & kDefaultDuration) != 0) fields.Take32();
  auto known = sizes.find(header.track);
  if (known != sizes.end()) header.default_size = known->second;
  if ((flags & kDefaultSize) != 0) header.default_size = fields.Take32();
  return header;
}

// One run; `next` is where it begins when it does not say so, and becomes
// where it ends.
base::ByteRange ParseRun(Bytes content, const TrackHeader& header,
                         uint64_t& next) {
  Fields fields(content);
  uint32_t flags = fields.Take32();
  uint64_t count = fields.Take32();
  if ((flags & kDataOffset) != 0) {
    next = header.base +
           static_cast<uint64_t>(static_cast<int32_t>(fields.Take32()));
  }
  if ((flags & kFirstFlags) != 0) fields.Take32();
  const bool sizes = (flags & kSizes) != 0;
  uint64_t size = sizes ? 0 : count * header.default_size;
  for (uint64_t i = 0; sizes && i < count && !fields.is_short(); ++i) {
    if ((flags & kDurations) != 0) fields.Take32();
    size += fields.Take32();
    if ((flags & kFlags) != 0) fields.Take32();
    if ((flags & kTimeOffsets) != 0) fields.Take32();
  }
  base::ByteRange range{next, size};
  bool sane = next < kMostBytes && size < kMostBytes;
  next = sane ? range.end() : kMostBytes;
  return sane ? range : base::ByteRange{};
}

}  // namespace

size_t HeaderBytes(Bytes bytes) {
  return bytes.size() >= 4 && Number(bytes, 0, 4) == 1 ? 16 : 8;
}

std::optional<BoxHeader> ParseBoxHeader(Bytes bytes) {
  BoxHeader header;
  header.header_bytes = HeaderBytes(bytes);
  header.type = static_cast<uint32_t>(Number(bytes, 4, 4));
  header.size = Number(bytes, 0, 4);
  if (header.size == 1) header.size = Number(bytes, 8, 8);
  bool sane = header.size == 0 ||
              (header.size >= header.header_bytes && header.size < kMostBytes);
  if (!sane) return std::nullopt;
  return header;
}

std::map<uint32_t, uint32_t> DefaultSampleSizes(Bytes moov) {
  std::map<uint32_t, uint32_t> sizes;
  ForEachBox(Content(moov), [&](uint32_t type, Bytes mvex) {
    if (type != BoxType("mvex")) return;
    ForEachBox(mvex, [&](uint32_t inner, Bytes trex) {
      if (inner != BoxType("trex") || sizes.size() >= 1024) return;
      Fields fields(trex);
      fields.Take32();  // version and flags
      uint32_t track = fields.Take32();
      fields.Take(8);  // description, duration
      sizes[track] = fields.Take32();
    });
  });
  return sizes;
}

std::vector<base::ByteRange> SampleRanges(
    Bytes moof, uint64_t moof_offset, std::span<const uint32_t> tracks,
    const std::map<uint32_t, uint32_t>& default_sizes) {
  std::vector<base::ByteRange> ranges;
  uint64_t next = moof_offset;
  ForEachBox(Content(moof), [&](uint32_t type, Bytes traf) {
    if (type != BoxType("traf")) return;
    TrackHeader header;
    ForEachBox(traf, [&](uint32_t inner, Bytes content) {
      if (inner == BoxType("tfhd")) {
        header = ParseTrackHeader(content, moof_offset, next, default_sizes);
        next = header.base;
      }
      if (inner != BoxType("trun")) return;
      base::ByteRange range = ParseRun(content, header, next);
      bool wanted =
          std::find(tracks.begin(), tracks.end(), header.track) != tracks.end();
      if (wanted && range.size > 0) ranges.push_back(range);
    });
  });
  return ranges;
}

}  // namespace vexaa::media

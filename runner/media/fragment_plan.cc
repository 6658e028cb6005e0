#include "runner/media/fragment_plan.h"

#include <algorithm>

#include "runner/media/index_plan.h"
#include "runner/media/mp4_boxes.h"

namespace vexaa::media {
namespace {

// Room for the moof of a few seconds; grows with what is seen.
constexpr uint64_t kLeastLead = 4 << 10;
constexpr uint64_t kMostLead = 512 << 10;
// A larger box is none that describes fragments.
constexpr uint64_t kMostBoxBytes = 1 << 20;
// Far more than fit between what is read and what is fetched.
constexpr size_t kKeptRanges = 4096;
// Gaps like these are fetched anyway.
constexpr uint64_t kSmallGap = 64 << 10;

}  // namespace

FragmentPlan::FragmentPlan(std::vector<uint32_t> tracks)
    : tracks_(std::move(tracks)), usual_lead_(kLeastLead) {}

std::optional<uint64_t> FragmentPlan::Unknown() const {
  if (ended_) return std::nullopt;
  return box_offset_ + box_.size();
}

std::optional<base::ByteRange> FragmentPlan::NeededFrom(uint64_t offset) const {
  auto found = std::partition_point(
      needed_.begin(), needed_.end(),
      [offset](const base::ByteRange& range) { return range.end() <= offset; });
  if (found != needed_.end()) return *found;
  if (ended_) return std::nullopt;
  uint64_t least = box_.size() >= 8 ? Wanted() : 0;
  base::ByteRange next{box_offset_, std::max<uint64_t>(least, usual_lead_)};
  if (next.end() <= offset) return std::nullopt;
  return next;
}

size_t FragmentPlan::Wanted() const {
  size_t header_bytes = HeaderBytes(box_);
  if (box_.size() < header_bytes) return header_bytes;
  auto header = ParseBoxHeader(box_);
  bool whole = header && (header->type == BoxType("moof") ||
                          header->type == BoxType("moov"));
  if (!whole || header->size > kMostBoxBytes) return header_bytes;
  return static_cast<size_t>(header->size);
}

void FragmentPlan::Learn(std::span<const std::byte> bytes) {
  while (!bytes.empty() && !ended_) {
    size_t count = std::min(bytes.size(), Wanted() - box_.size());
    box_.insert(box_.end(), bytes.begin(),
                bytes.begin() + static_cast<ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (box_.size() < Wanted()) continue;
    uint64_t seen = box_offset_ + box_.size();
    EndBox();
    bytes = bytes.subspan(std::min<uint64_t>(bytes.size(), box_offset_ - seen));
  }
}

void FragmentPlan::EndBox() {
  auto header = ParseBoxHeader(box_);
  if (!header || header->size == 0) {
    ended_ = true;
    return;
  }
  if (header->size == box_.size() && header->type == BoxType("moov")) {
    default_sizes_ = DefaultSampleSizes(box_);
  }
  if (header->size == box_.size() && header->type == BoxType("moof")) {
    LearnFragment();
  } else {
    Need({box_offset_, std::min<uint64_t>(header->size, 16)});
  }
  box_offset_ += header->size;
  box_.clear();
}

void FragmentPlan::LearnFragment() {
  std::vector<base::ByteRange> ranges =
      SampleRanges(box_, box_offset_, tracks_, default_sizes_);
  std::erase_if(ranges, [this](const auto& range) {
    return range.offset < box_offset_ + box_.size();
  });
  // With it the header of the box that follows.
  ranges.push_back({box_offset_, box_.size() + 16});
  JoinRanges(ranges, kSmallGap);
  usual_lead_ = std::clamp(ranges.front().size + ranges.front().size / 4,
                           usual_lead_, std::max(usual_lead_, kMostLead));
  for (const base::ByteRange& range : ranges) Need(range);
}

void FragmentPlan::Need(base::ByteRange range) {
  if (!needed_.empty() && range.offset <= needed_.back().end()) {
    base::ByteRange& last = needed_.back();
    last.size = std::max(last.end(), range.end()) - last.offset;
    return;
  }
  needed_.push_back(range);
  if (needed_.size() > kKeptRanges) needed_.pop_front();
}

}  // namespace vexaa::media

#include "lib/objects/range_planner.h"

#include <algorithm>
#include <utility>

namespace vexaa::objects {
namespace {

// Gaps longer than this are worth a request on any link: 8 MiB is a range.
constexpr uint64_t kLargestJoin = 8 << 20;
// A plan that is wrong this often describes another file.
constexpr int kMaxStrays = 16;
// Left out gaps cost nothing: positions may be that much further ahead.
constexpr uint64_t kSkippingFactor = 4;

}  // namespace

void RangePlanner::Follow(std::unique_ptr<base::ReadPlan> plan) {
  plan_ = std::move(plan);
  if (!plan_) return;
  start_ = frontier_ = run_start_ = 0;
  last_size_ = std::max(last_size_, limits_.first_range);
  reads_through_ = false;
  strays_ = 0;
}

void RangePlanner::SetJoinGap(uint64_t bytes) {
  join_gap_ = std::max(limits_.join_gap, std::min(bytes, kLargestJoin));
}

uint64_t RangePlanner::NextSize() const {
  return last_size_ == 0 ? limits_.first_range
                         : std::min(last_size_ * 2, limits_.max_range);
}

ByteRange RangePlanner::ReadOn(uint64_t from, uint64_t least_size) const {
  return {from,
          std::min(std::max(NextSize(), least_size), object_size_ - from)};
}

// The plan's next ranges, gaps joined, up to one request's size. Ranges that
// follow a gap begin where the plan says.
std::optional<ByteRange> RangePlanner::Planned(uint64_t from) {
  auto next = plan_->NeededFrom(from);
  if (!next || next->offset >= object_size_) return std::nullopt;
  bool near = next->offset <= from + limits_.small_gap;
  uint64_t begin = near ? from : next->offset;
  uint64_t most = std::min(begin + NextSize(), object_size_);
  bool joined = !near && next->offset <= from + join_gap_;
  uint64_t end = next->end();
  while (end < most) {
    next = plan_->NeededFrom(end);
    if (!next || next->offset > end + join_gap_) break;
    joined = joined || next->offset > end + limits_.small_gap;
    end = next->end();
  }
  if (begin > from) run_start_ = begin;
  // Where nothing was left out for long, or a gap was not worth it, the same
  // will be true of what is unknown yet.
  reads_through_ =
      plan_->Unknown().has_value() && (joined || end >= run_start_ + join_gap_);
  if (reads_through_) end = most;
  leaves_gaps_ = end < most;
  return ByteRange{begin, std::min(end, most) - begin};
}

std::optional<ByteRange> RangePlanner::AheadByPlan(uint64_t position) {
  frontier_ = std::max(frontier_, position);
  if (frontier_ >= object_size_) return std::nullopt;
  uint64_t limit = limits_.ahead * (leaves_gaps_ ? kSkippingFactor : 1);
  if (frontier_ - position > limit) return std::nullopt;
  if (auto range = Planned(frontier_)) return range;
  if (!reads_through_) return std::nullopt;
  return ReadOn(frontier_, 0);
}

std::optional<ByteRange> RangePlanner::Ahead(uint64_t position) {
  if (plan_) return AheadByPlan(position);
  if (!InRun(position) || frontier_ >= object_size_) return std::nullopt;
  // Until the run has proven itself: one range, once half of the last is read.
  bool proven = last_size_ >= limits_.max_range;
  if (frontier_ - position > (proven ? limits_.ahead : last_size_ / 2)) {
    return std::nullopt;
  }
  return ReadOn(frontier_, 0);
}

bool RangePlanner::ReadsOn(uint64_t offset) const {
  if (last_size_ < limits_.max_range) return false;
  if (offset < frontier_ || offset - frontier_ > join_gap_) return false;
  if (!plan_) return true;
  const uint64_t end = offset + limits_.max_range;
  for (uint64_t at = offset; at < end;) {
    auto next = plan_->NeededFrom(at);
    if (!next || next->offset > at + join_gap_) return false;
    at = next->end();
  }
  return true;
}

void RangePlanner::Took(const ByteRange& range) {
  last_size_ = NextSize();
  frontier_ = range.end();
}

// Where the plan needs `offset`: all it needs from there. Elsewhere a little,
// and the run ahead goes on as it was.
std::optional<ByteRange> RangePlanner::PlannedMiss(uint64_t offset) {
  auto needed = plan_->NeededFrom(offset);
  bool foreseen =
      needed ? needed->offset <= offset + limits_.small_gap : reads_through_;
  if (foreseen && offset >= frontier_) {
    if (offset > frontier_) run_start_ = offset;
    frontier_ = offset;
    auto range = Planned(offset);
    return range ? range : ReadOn(offset, 0);
  }
  if (++strays_ <= kMaxStrays) return std::nullopt;
  plan_.reset();
  return Begin(offset);
}

ByteRange RangePlanner::Begin(uint64_t offset) {
  start_ = frontier_ = offset;
  last_size_ = 0;
  return ReadOn(offset, 0);
}

ByteRange RangePlanner::Miss(uint64_t offset, const ByteRange& gap) {
  ByteRange range;
  if (plan_) {
    auto planned = PlannedMiss(offset);
    if (!planned) {
      uint64_t end = std::min(offset + limits_.small_gap, gap.end());
      return {offset, end - offset};
    }
    range = *planned;
  } else {
    bool reads_on = last_size_ != 0 && offset >= frontier_ &&
                    offset - frontier_ <= join_gap_;
    if (!reads_on) (void)Begin(offset);
    frontier_ = std::max(frontier_, gap.offset);
    range = ReadOn(frontier_, offset - frontier_ + limits_.first_range);
  }
  range.size = std::min(range.end(), gap.end()) - range.offset;
  Took(range);
  return range;
}

std::vector<ByteRange> RangePlanner::Wanted(const ByteRange& range) const {
  if (!plan_) return {range};
  std::vector<ByteRange> wanted;
  auto add = [&](uint64_t begin, uint64_t end) {
    if (wanted.empty() || begin > wanted.back().end() + limits_.keep_gap) {
      wanted.push_back({begin, end - begin});
    } else {
      wanted.back().size = end - wanted.back().offset;
    }
  };
  uint64_t known =
      std::min(range.end(), plan_->Unknown().value_or(range.end()));
  auto next = plan_->NeededFrom(range.offset);
  for (; next && next->offset < known; next = plan_->NeededFrom(next->end())) {
    add(std::max(next->offset, range.offset), std::min(next->end(), known));
  }
  if (known < range.end()) add(std::max(known, range.offset), range.end());
  return wanted.empty() ? std::vector{range} : wanted;
}

uint64_t RangePlanner::NeededUpTo(uint64_t position) const {
  return InRun(position) ? frontier_ : position;
}

}  // namespace vexaa::objects

#include "lib/objects/object_reader.h"

#include <algorithm>
#include <numeric>

namespace vexaa::objects {

using base::Code;
using base::Result;
using base::Status;

namespace {

// Of the bytes that a plan left out and somebody read all the same.
constexpr size_t kMaxHeldStrays = 64;

// No other request would fare better.
bool IsFinal(const Status& status) {
  return status.code() == Code::kCancelled ||
         status.code() == Code::kFailedPrecondition;
}

}  // namespace

Result<std::unique_ptr<ObjectReader>> ObjectReader::Open(
    ObjectStore& store, const ObjectPath& path, const ReaderOptions& options,
    const base::Clock& clock, std::stop_token stop) {
  ASSIGN_OR_RETURN(ObjectInfo info, store.Head(path, stop));
  return std::unique_ptr<ObjectReader>(
      new ObjectReader(store, path, std::move(info), options, clock, stop));
}

ObjectReader::ObjectReader(ObjectStore& store, ObjectPath path, ObjectInfo info,
                           const ReaderOptions& options,
                           const base::Clock& clock, std::stop_token stop)
    : store_(store),
      path_(std::move(path)),
      info_(std::move(info)),
      options_(options),
      clock_(clock),
      forward_stop_(std::move(stop), [this] { stop_.request_stop(); }),
      planner_(info_.size_bytes, options.plan),
      long_requests_(options.long_requests) {
  for (int i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this] { Fetch(stop_.get_token()); });
  }
}

ObjectReader::~ObjectReader() { stop_.request_stop(); }

uint64_t ObjectReader::bytes_fetched() const {
  std::lock_guard lock(mutex_);
  return bytes_fetched_;
}

uint64_t ObjectReader::ranges_fetched() const {
  std::lock_guard lock(mutex_);
  return ranges_fetched_;
}

void ObjectReader::Follow(std::unique_ptr<base::ReadPlan> plan) {
  std::lock_guard lock(mutex_);
  planner_.Follow(std::move(plan));
  TeachPlan();
  DropUnplanned();
}

// What has come may be what the plan waits for.
void ObjectReader::TeachPlan() {
  base::ReadPlan* plan = planner_.plan();
  if (plan == nullptr) return;
  for (auto at = plan->Unknown(); at; at = plan->Unknown()) {
    PiecePtr piece = Find(*at);
    if (!piece || !piece->done || !piece->status.ok()) break;
    plan->Learn(piece->From(*at));
  }
  bool one_by_one = plan->Unknown().has_value();
  planner_.SetJoinGap(meter_.BreakEven(one_by_one ? 1 : options_.threads));
}

std::span<std::byte> ObjectReader::Piece::From(uint64_t offset) const {
  auto after = std::partition_point(
      kept.begin(), kept.end(),
      [offset](const WantedBytes& part) { return part.end() <= offset; });
  if (after == kept.end() || offset < after->offset) return {};
  return after->out.subspan(static_cast<size_t>(offset - after->offset));
}

namespace {

// The last that begins at or before `offset`.
template <typename Map>
const typename Map::mapped_type* LastUpTo(const Map& map, uint64_t offset) {
  auto after = map.upper_bound(offset);
  return after == map.begin() ? nullptr : &std::prev(after)->second;
}

uint64_t SizeOf(const std::vector<ByteRange>& ranges) {
  return std::accumulate(
      ranges.begin(), ranges.end(), uint64_t{0},
      [](uint64_t sum, const ByteRange& range) { return sum + range.size; });
}

}  // namespace

ObjectReader::PiecePtr ObjectReader::Find(uint64_t offset) const {
  for (const Pieces* pieces : {&pieces_, &strays_}) {
    const PiecePtr* piece = LastUpTo(*pieces, offset);
    if (piece != nullptr && !(*piece)->From(offset).empty()) return *piece;
  }
  return nullptr;
}

ByteRange ObjectReader::GapAround(uint64_t offset) const {
  uint64_t begin = 0;
  uint64_t end = info_.size_bytes;
  auto narrow = [&](uint64_t kept_begin, uint64_t kept_end) {
    if (kept_end <= offset) begin = std::max(begin, kept_end);
    if (kept_begin > offset) end = std::min(end, kept_begin);
  };
  for (const Pieces* pieces : {&pieces_, &strays_}) {
    auto after = pieces->upper_bound(offset);
    if (after != pieces->end())
      narrow(after->first, after->second->range.end());
    if (after == pieces->begin()) continue;
    const Piece& piece = *std::prev(after)->second;
    if (offset >= piece.range.end())
      narrow(piece.range.offset, piece.range.end());
    else
      for (const WantedBytes& part : piece.kept)
        narrow(part.offset, part.end());
  }
  return {begin, end - begin};
}

// Drops what was read longest ago, never what reading on will need or what is
// still being fetched. False: there is no room for now.
bool ObjectReader::MakeRoom(uint64_t size) {
  uint64_t needed_to = planner_.NeededUpTo(position_);
  while (held_bytes_ > 0 && held_bytes_ + size > options_.memory_bytes) {
    auto oldest = pieces_.end();
    for (auto at = pieces_.begin(); at != pieces_.end(); ++at) {
      const Piece& piece = *at->second;
      bool needed =
          piece.range.end() > position_ && piece.range.offset < needed_to;
      if (!piece.done || needed || at->second == reading_) continue;
      if (oldest == pieces_.end() || piece.used < oldest->second->used) {
        oldest = at;
      }
    }
    if (oldest == pieces_.end()) return false;
    Drop(oldest);
  }
  return true;
}

void ObjectReader::Drop(Pieces::iterator piece) {
  held_bytes_ -= piece->second->kept_bytes;
  KeepBuffer(std::move(piece->second->buffer));
  pieces_.erase(piece);
}

// Whoever has made a plan has read the container's index.
void ObjectReader::DropUnplanned() {
  strays_.clear();
  const base::ReadPlan* plan = planner_.plan();
  for (auto at = pieces_.begin(); at != pieces_.end();) {
    auto piece = at++;
    const ByteRange& range = piece->second->range;
    bool sparse = piece->second->kept_bytes < range.size;
    bool needed = !sparse;
    if (plan != nullptr && !plan->Unknown()) {
      auto next = plan->NeededFrom(range.offset);
      needed = next && next->offset < range.end();
    }
    if (piece->second->done && !needed) Drop(piece);
  }
}

// By a plan nothing is read twice, but tracks may lie crosswise.
void ObjectReader::DropRead() {
  if (planner_.plan() == nullptr) return;
  while (!pieces_.empty()) {
    auto first = pieces_.begin();
    const ByteRange& range = first->second->range;
    if (!first->second->done) return;
    if (range.end() + options_.plan.max_range > position_) return;
    Drop(first);
  }
}

PageBuffer ObjectReader::TakeBuffer(uint64_t size) {
  if (size <= options_.plan.max_range / 2) return PageBuffer(size);
  if (spare_.size() >= size) return std::exchange(spare_, PageBuffer());
  return PageBuffer(std::max(size, options_.plan.max_range));
}

void ObjectReader::KeepBuffer(PageBuffer buffer) {
  if (buffer.size() >= options_.plan.max_range) spare_ = std::move(buffer);
}

ObjectReader::PiecePtr ObjectReader::Start(
    const ByteRange& range, const std::vector<ByteRange>& wanted) {
  auto piece = std::make_shared<Piece>();
  piece->range = range;
  piece->kept_bytes = SizeOf(wanted);
  piece->buffer = TakeBuffer(piece->kept_bytes);
  auto rest = piece->buffer.bytes();
  for (const ByteRange& part : wanted) {
    auto size = static_cast<size_t>(part.size);
    piece->kept.push_back({part.offset, rest.first(size)});
    rest = rest.subspan(size);
  }
  piece->used = reads_;
  bytes_fetched_ += range.size;
  waiting_.push_back(piece);
  work_.notify_one();
  return piece;
}

void ObjectReader::FetchAhead() {
  // What is fetched already is read first, then a long request begins.
  if (LongIsWorthwhile(std::max(planner_.frontier(), position_))) return;
  while (static_cast<int>(waiting_.size()) + under_way_ < options_.threads) {
    auto range = planner_.Ahead(position_);
    if (!range) return;
    const PiecePtr* before = LastUpTo(pieces_, range->offset);
    if (before != nullptr && range->offset < (*before)->range.end()) {
      planner_.SkipTo((*before)->range.end());
      continue;
    }
    uint64_t end = std::min(range->end(), GapAround(range->offset).end());
    range->size = end - range->offset;
    std::vector<ByteRange> wanted = planner_.Wanted(*range);
    const uint64_t size = SizeOf(wanted);
    if (!MakeRoom(size)) return;
    planner_.Took(*range);
    held_bytes_ += size;
    pieces_[range->offset] = Start(*range, wanted);
  }
}

Result<ObjectReader::PiecePtr> ObjectReader::FetchMissing(
    std::unique_lock<std::mutex>& lock) {
  bool planned = planner_.plan() != nullptr;
  ByteRange range = planner_.Miss(offset_, GapAround(offset_));
  // The plan was wrong: what it left out is needed.
  if (planned && planner_.plan() == nullptr) DropUnplanned();
  std::vector<ByteRange> wanted = planner_.Wanted(range);
  bool foreseen =
      std::any_of(wanted.begin(), wanted.end(), [this](const ByteRange& part) {
        return offset_ >= part.offset && offset_ < part.end();
      });
  if (!foreseen) wanted = {range};
  // A stray piece beside a full plan has no room to wait for, and neither has
  // any when all that is held is done and needed.
  uint64_t size = SizeOf(wanted);
  bool small = size <= options_.plan.small_gap;
  bool room = done_.wait(lock, stop_.get_token(), [&] {
    bool idle = waiting_.empty() && under_way_ == 0;
    return MakeRoom(size) || small || idle;
  });
  if (!room) return Status(Code::kCancelled, "stopped");
  const PiecePtr* around = LastUpTo(pieces_, range.offset);
  if (around != nullptr && range.offset < (*around)->range.end()) {
    if (strays_.size() >= kMaxHeldStrays) strays_.erase(strays_.begin());
    return strays_[range.offset] = Start(range, wanted);
  }
  held_bytes_ += size;
  return pieces_[range.offset] = Start(range, wanted);
}

Result<ObjectReader::PiecePtr> ObjectReader::FindOrFetch(
    std::unique_lock<std::mutex>& lock) {
  position_ = offset_;
  const PiecePtr before = std::exchange(reading_, nullptr);
  DropRead();
  PiecePtr piece = Find(offset_);
  if (!piece) {
    ASSIGN_OR_RETURN(piece, FetchMissing(lock));
  }
  piece->used = ++reads_;
  reading_ = piece;
  FetchAhead();
  if (!piece->done || piece != before) {
    const base::Duration came = clock_.Elapsed();
    bool done =
        done_.wait(lock, stop_.get_token(), [&] { return piece->done; });
    if (!done) return Status(Code::kCancelled, "stopped");
    const base::Duration now = clock_.Elapsed();
    long_requests_.TookUp(now - came, now);
  }
  if (!piece->status.ok()) return piece->status;
  return piece;
}

Result<size_t> ObjectReader::Read(std::span<std::byte> out) {
  if (out.empty() || offset_ == info_.size_bytes) return size_t{0};
  std::unique_lock lock(mutex_);
  if (GoesLong()) {
    lock.unlock();
    Result<size_t> count = ReadLong(out);
    if (count.ok() || IsFinal(count.status())) return count;
    // What failed by a long request, short ones may still bring.
    lock.lock();
    EndLong();
  }
  ASSIGN_OR_RETURN(PiecePtr piece, FindOrFetch(lock));
  lock.unlock();
  auto bytes = piece->From(offset_);
  size_t count = std::min(out.size(), bytes.size());
  std::copy_n(bytes.begin(), count, out.begin());
  offset_ += count;
  return count;
}

Status ObjectReader::Seek(uint64_t offset) {
  if (offset > info_.size_bytes) {
    return Status(Code::kInvalidArgument,
                  "seek to " + std::to_string(offset) +
                      " past the end of the object at " +
                      std::to_string(info_.size_bytes));
  }
  offset_ = offset;
  return Status::Ok();
}

}  // namespace vexaa::objects

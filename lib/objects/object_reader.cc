#include "lib/objects/object_reader.h"

#include <algorithm>

namespace vexaa::objects {

using base::Code;
using base::Result;
using base::Status;

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
      planner_(info_.size_bytes, options.plan) {
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
}

void ObjectReader::Fetch(std::stop_token ended) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, ended, [this] { return !waiting_.empty(); })) {
    if (ended.stop_requested()) return;
    PiecePtr piece = waiting_.front();
    waiting_.pop_front();
    base::Duration began = clock_.Elapsed();
    meter_.Began(piece->range.size, began);
    lock.unlock();
    Status status = store_.ReadRange(path_, info_.etag, piece->range.offset,
                                     piece->bytes(), ended);
    lock.lock();
    meter_.Ended(piece->range.size, began, clock_.Elapsed());
    piece->status = std::move(status);
    piece->done = true;
    if (planner_.plan() != nullptr) {
      TeachPlan();
      FetchAhead();
    }
    changed_.notify_all();
  }
}

// What has come may be what the plan waits for.
void ObjectReader::TeachPlan() {
  base::ReadPlan* plan = planner_.plan();
  if (plan == nullptr) return;
  for (auto at = plan->Unknown(); at; at = plan->Unknown()) {
    PiecePtr piece = Find(*at);
    if (!piece || !piece->done || !piece->status.ok()) break;
    plan->Learn(
        piece->bytes().subspan(static_cast<size_t>(*at - piece->range.offset)));
  }
  bool one_by_one = plan->Unknown().has_value();
  planner_.SetJoinGap(meter_.BreakEven(one_by_one ? 1 : options_.threads));
}

ObjectReader::PiecePtr ObjectReader::Find(uint64_t offset) {
  auto after = pieces_.upper_bound(offset);
  if (after == pieces_.begin()) return nullptr;
  const PiecePtr& piece = std::prev(after)->second;
  return offset < piece->range.end() ? piece : nullptr;
}

ByteRange ObjectReader::GapAround(uint64_t offset) const {
  auto after = pieces_.upper_bound(offset);
  uint64_t end = after == pieces_.end() ? info_.size_bytes : after->first;
  uint64_t begin =
      after == pieces_.begin() ? 0 : std::prev(after)->second->range.end();
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
      if (!piece.done || needed) continue;
      if (oldest == pieces_.end() || piece.used < oldest->second->used) {
        oldest = at;
      }
    }
    if (oldest == pieces_.end()) return false;
    held_bytes_ -= oldest->second->range.size;
    KeepBuffer(std::move(oldest->second->buffer));
    pieces_.erase(oldest);
  }
  return true;
}

PageBuffer ObjectReader::TakeBuffer(uint64_t size) {
  if (size <= options_.plan.max_range / 2) return PageBuffer(size);
  if (spare_.size() >= size) return std::exchange(spare_, PageBuffer());
  return PageBuffer(std::max(size, options_.plan.max_range));
}

void ObjectReader::KeepBuffer(PageBuffer buffer) {
  if (buffer.size() >= options_.plan.max_range) spare_ = std::move(buffer);
}

void ObjectReader::Start(const ByteRange& range) {
  auto piece = std::make_shared<Piece>();
  piece->range = range;
  piece->buffer = TakeBuffer(range.size);
  piece->used = reads_;
  held_bytes_ += range.size;
  bytes_fetched_ += range.size;
  ++ranges_fetched_;
  pieces_[range.offset] = piece;
  waiting_.push_back(std::move(piece));
  changed_.notify_all();
}

void ObjectReader::FetchAhead() {
  while (auto range = planner_.Ahead(position_)) {
    if (PiecePtr fetched = Find(range->offset)) {
      planner_.SkipTo(fetched->range.end());
      continue;
    }
    uint64_t end = std::min(range->end(), GapAround(range->offset).end());
    range->size = end - range->offset;
    if (!MakeRoom(range->size)) return;
    planner_.Took(*range);
    Start(*range);
  }
}

Result<ObjectReader::PiecePtr> ObjectReader::FindOrFetch(
    std::unique_lock<std::mutex>& lock) {
  position_ = offset_;
  PiecePtr piece = Find(offset_);
  if (!piece) {
    ByteRange range = planner_.Miss(offset_, GapAround(offset_));
    // A stray piece beside a full plan has no room to wait for.
    bool small = range.size <= options_.plan.small_gap;
    bool room = changed_.wait(lock, stop_.get_token(),
                              [&] { return MakeRoom(range.size) || small; });
    if (!room) return Status(Code::kCancelled, "stopped");
    Start(range);
    piece = Find(offset_);
  }
  piece->used = ++reads_;
  FetchAhead();
  bool done =
      changed_.wait(lock, stop_.get_token(), [&] { return piece->done; });
  if (!done) return Status(Code::kCancelled, "stopped");
  if (!piece->status.ok()) return piece->status;
  return piece;
}

Result<size_t> ObjectReader::Read(std::span<std::byte> out) {
  if (out.empty() || offset_ == info_.size_bytes) return size_t{0};
  std::unique_lock lock(mutex_);
  ASSIGN_OR_RETURN(PiecePtr piece, FindOrFetch(lock));
  lock.unlock();
  size_t from = static_cast<size_t>(offset_ - piece->range.offset);
  auto bytes = piece->bytes().subspan(from);
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

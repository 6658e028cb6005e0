// The threads of an ObjectReader: which waiting piece each asks for, and how
// far it reads on.
#include <algorithm>

#include "lib/objects/object_reader.h"

namespace vexaa::objects {

using base::Code;
using base::Status;

void ObjectReader::Fetch(std::stop_token ended) {
  std::unique_lock lock(mutex_);
  auto some = [this] { return FirstUnreserved() != waiting_.end(); };
  while (work_.wait(lock, ended, some)) {
    if (ended.stop_requested()) return;
    auto first = FirstUnreserved();
    PiecePtr piece = std::move(*first);
    waiting_.erase(first);
    Send(std::move(piece), lock, ended);
  }
}

// What the long request is about to bring is left to it.
bool ObjectReader::IsReserved(const Piece& piece) const {
  const uint64_t offset = piece.range.offset;
  return long_rest_ && offset >= long_rest_->offset &&
         offset - long_rest_->offset <= options_.plan.ahead;
}

std::deque<ObjectReader::PiecePtr>::iterator ObjectReader::FirstUnreserved() {
  return std::find_if(
      waiting_.begin(), waiting_.end(),
      [this](const PiecePtr& piece) { return !IsReserved(*piece); });
}

// By offset.
std::deque<ObjectReader::PiecePtr>::iterator ObjectReader::FirstReserved() {
  auto first = waiting_.end();
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    if (!IsReserved(**at)) continue;
    bool before =
        first == waiting_.end() || (*at)->range.offset < (*first)->range.offset;
    if (before) first = at;
  }
  return first;
}

// With one thread only, nobody would read elsewhere meanwhile.
uint64_t ObjectReader::RequestSize(const Piece& piece) const {
  const ByteRange& range = piece.range;
  bool is_long = !long_rest_ && options_.threads > 1 &&
                 range.size >= options_.plan.max_range &&
                 long_requests_.Worthwhile(meter_.BytesPerSecond());
  return is_long ? info_.size_bytes - range.offset : range.size;
}

void ObjectReader::Send(PiecePtr piece, std::unique_lock<std::mutex>& lock,
                        std::stop_token ended) {
  const uint64_t size = RequestSize(*piece);
  const bool is_long = size > piece->range.size;
  if (is_long) {
    long_rest_ = {piece->range.end(), size - piece->range.size};
  }
  Request request{{piece->range.offset, size}, piece, clock_.Elapsed()};
  if (!is_long) meter_.Began(size, request.began);
  ++under_way_;
  ++ranges_fetched_;
  lock.unlock();
  auto next = [&] { return NextOf(request, ended); };
  Status status =
      store_.ReadParts(path_, info_.etag, request.range, next, ended);
  lock.lock();
  if (is_long) {
    EndLong(request, status);
  } else {
    meter_.Ended(size, request.began, clock_.Elapsed());
  }
  if (request.piece) Finish(*request.piece, std::move(status));
}

// What failed by one long request, a short one may still bring.
void ObjectReader::EndLong(Request& request, const Status& status) {
  const ByteRange rest = *std::exchange(long_rest_, std::nullopt);
  if (!request.piece) {
    long_requests_.EndedEarly(rest.offset - request.range.offset);
  }
  bool may_come = request.piece && !status.ok() &&
                  status.code() != Code::kCancelled &&
                  status.code() != Code::kFailedPrecondition;
  if (may_come) {
    long_requests_.Failed();
    --under_way_;
    waiting_.push_front(std::exchange(request.piece, nullptr));
  }
  work_.notify_all();
}

std::optional<ReadPart> ObjectReader::NextOf(Request& request,
                                             std::stop_token ended) {
  std::unique_lock lock(mutex_);
  if (std::exchange(request.asked, true)) {
    PiecePtr complete = std::exchange(request.piece, nullptr);
    const base::Duration now = clock_.Elapsed();
    Finish(*complete, Status::Ok());
    bool goes_on = long_requests_.GoesOn(
        complete->range.end() - request.range.offset,
        now - request.began - request.waited, meter_.BytesPerSecond());
    if (goes_on) request.piece = NextReserved(lock, ended);
    request.waited += clock_.Elapsed() - now;
  }
  if (!request.piece) return std::nullopt;
  return ReadPart{request.piece->range, request.piece->kept};
}

// Null: the long request ends.
ObjectReader::PiecePtr ObjectReader::NextReserved(
    std::unique_lock<std::mutex>& lock, std::stop_token ended) {
  auto some = [this] { return FirstReserved() != waiting_.end(); };
  const base::Duration patience = options_.long_requests.patience;
  if (!long_work_.wait_for(lock, ended, patience, some)) return nullptr;
  auto first = FirstReserved();
  const ByteRange range = (*first)->range;
  const uint64_t gap = range.offset - long_rest_->offset;
  if (gap > planner_.join_gap()) return nullptr;
  PiecePtr piece = std::move(*first);
  waiting_.erase(first);
  long_rest_ = {range.end(), long_rest_->end() - range.end()};
  bytes_fetched_ += gap;
  ++under_way_;
  // Less is reserved now.
  if (FirstUnreserved() != waiting_.end()) work_.notify_all();
  return piece;
}

void ObjectReader::Finish(Piece& piece, Status status) {
  --under_way_;
  piece.status = std::move(status);
  piece.done = true;
  if (planner_.plan() != nullptr) {
    TeachPlan();
    FetchAhead();
  }
  done_.notify_one();
}

}  // namespace vexaa::objects

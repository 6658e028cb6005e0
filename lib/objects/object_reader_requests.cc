// What an ObjectReader asks of the store: short requests on its threads, a long
// one on the user's.
#include <algorithm>

#include "lib/objects/object_reader.h"

namespace vexaa::objects {

using base::Result;
using base::Status;

void ObjectReader::Fetch(std::stop_token ended) {
  std::unique_lock lock(mutex_);
  auto some = [this] { return !waiting_.empty(); };
  while (work_.wait(lock, ended, some)) {
    if (ended.stop_requested()) return;
    PiecePtr piece = std::move(waiting_.front());
    waiting_.pop_front();
    const base::Duration began = clock_.Elapsed();
    meter_.Began(piece->range.size, began);
    ++under_way_;
    ++ranges_fetched_;
    lock.unlock();
    Status status =
        store_.ReadWanted(path_, info_.etag, piece->range, piece->kept, ended);
    lock.lock();
    meter_.Ended(piece->range.size, began, clock_.Elapsed());
    Finish(*piece, std::move(status));
  }
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

// To go on at `offset`. A plan that still learns does so from the pieces of
// short requests.
bool ObjectReader::LongIsWorthwhile(uint64_t offset) const {
  const base::ReadPlan* plan = planner_.plan();
  bool knows = plan == nullptr || !plan->Unknown();
  return knows &&
         info_.size_bytes - offset >= options_.long_requests.trial_bytes &&
         long_requests_.Worthwhile(meter_.BytesPerSecond()) &&
         planner_.ReadsOn(offset);
}

// Whether the next read is a long request's.
bool ObjectReader::GoesLong() {
  if (long_) {
    bool ahead =
        offset_ >= long_->at && offset_ - long_->at <= planner_.join_gap();
    if (ahead) return true;
    if (Find(offset_)) return false;
    EndLong();
  }
  return LongIsWorthwhile(offset_) && !Find(offset_);
}

Result<size_t> ObjectReader::ReadLong(std::span<std::byte> out) {
  const uint64_t rest = info_.size_bytes - offset_;
  const uint64_t most = std::min(rest, options_.plan.max_range);
  out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), most)));
  const base::Duration began = clock_.Elapsed();
  if (!long_) {
    {
      std::lock_guard lock(mutex_);
      ++ranges_fetched_;
      long_requests_.Began();
    }
    ASSIGN_OR_RETURN(auto stream,
                     store_.OpenStream(path_, info_.etag, {offset_, rest},
                                       stop_.get_token()));
    long_.emplace(LongRead{std::move(stream), offset_});
  }
  RETURN_IF_ERROR(long_->stream->Read(offset_, out));
  offset_ += out.size();
  std::lock_guard lock(mutex_);
  PassedLong(began);
  return out.size();
}

// The long request has come up to the user's offset, in a read that `began`
// then.
void ObjectReader::PassedLong(base::Duration began) {
  const base::Duration now = clock_.Elapsed();
  bytes_fetched_ += offset_ - long_->at;
  long_->at = offset_;
  long_->took += now - began;
  long_->waited += now - began;
  if (offset_ == info_.size_bytes) return long_.reset();
  if (long_->at - long_->looked_at >= options_.plan.max_range) {
    long_requests_.TookUp(long_->waited, now);
    long_->looked_at = long_->at;
    long_->waited = {};
  }
  const double rate = meter_.BytesPerSecond();
  bool goes_on =
      long_requests_.GoesOn(long_->at - long_->begin, long_->took, rate) &&
      long_requests_.Worthwhile(rate);
  if (!goes_on) EndLong();
}

// Also of one that did not begin.
void ObjectReader::EndLong() {
  long_requests_.EndedEarly(long_ ? long_->at - long_->begin : 0);
  if (!long_) return;
  // After a step back, as of tracks that lie crosswise, reading goes on there.
  bool steps_back =
      offset_ < long_->at && long_->at - offset_ <= options_.plan.max_range;
  planner_.SkipTo(steps_back ? offset_ : long_->at);
  long_.reset();
}

}  // namespace vexaa::objects

#include "controller/work_queue.h"

namespace vexaa::controller {
namespace {

// How late a delayed id may come; bounds the wait without a timer thread.
constexpr base::Duration kTick = std::chrono::milliseconds(50);
// With nothing delayed there is nothing to look for: an idle controller's
// threads sleep until they are told.
constexpr base::Duration kIdle = std::chrono::seconds(10);

}  // namespace

void WorkQueue::Add(jobs::JobId id, Stores stores) {
  std::lock_guard lock(mutex_);
  // One that is worked on leaves the lane that it was taken from.
  if (!processing_.contains(id)) ready_.SetStores(id, std::move(stores));
  Undelay(id);
  if (!dirty_.insert(id).second) return;
  if (!processing_.contains(id)) ready_.Push(id);
  changed_.notify_one();
}

void WorkQueue::AddAfter(jobs::JobId id, base::Duration delay) {
  std::lock_guard lock(mutex_);
  if (dirty_.contains(id)) return;
  base::Duration due = clock_.Elapsed() + delay;
  auto known = delayed_.find(id);
  if (known != delayed_.end() && known->second <= due) return;
  Undelay(id);
  delayed_.emplace(id, due);
  due_.emplace(due, id);
  // Whoever waits has to look at the time from now on.
  if (delayed_.size() == 1) changed_.notify_all();
}

void WorkQueue::Undelay(jobs::JobId id) {
  auto known = delayed_.find(id);
  if (known == delayed_.end()) return;
  due_.erase({known->second, id});
  delayed_.erase(known);
}

void WorkQueue::MoveDue() {
  base::Duration now = clock_.Elapsed();
  while (!due_.empty() && due_.begin()->first <= now) {
    jobs::JobId id = due_.begin()->second;
    Undelay(id);
    if (dirty_.insert(id).second && !processing_.contains(id)) ready_.Push(id);
  }
}

std::optional<jobs::JobId> WorkQueue::Next(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    MoveDue();
    if (auto id = ready_.Pop()) {
      dirty_.erase(*id);
      processing_.insert(*id);
      if (ready_.CanPop()) changed_.notify_one();
      return id;
    }
    bool idle = delayed_.empty();
    changed_.wait_for(lock, stop, idle ? kIdle : kTick, [&] {
      return ready_.CanPop() || delayed_.empty() != idle;
    });
  }
  return std::nullopt;
}

void WorkQueue::NoteAnswer(jobs::JobId id, bool answered) {
  std::lock_guard lock(mutex_);
  ready_.NoteAnswer(id, answered);
}

void WorkQueue::Done(jobs::JobId id) {
  std::lock_guard lock(mutex_);
  processing_.erase(id);
  ready_.Leave(id);
  if (dirty_.contains(id))
    ready_.Push(id);
  else if (!delayed_.contains(id))
    ready_.Forget(id);
  if (ready_.CanPop()) changed_.notify_one();
}

size_t WorkQueue::ready() const {
  std::lock_guard lock(mutex_);
  return ready_.size();
}

size_t WorkQueue::size() const {
  std::lock_guard lock(mutex_);
  return ready_.size() + delayed_.size() + processing_.size();
}

}  // namespace vexaa::controller

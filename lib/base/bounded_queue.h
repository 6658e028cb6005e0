// A closable FIFO of at most `capacity` items between threads. Thread-safe.
// Push waits for room and Pop for an item; both end on Close() or on `stop`.
// Who waits is woken when `batch` items (or places) are there: of many small
// items each wake-up would cost more than the work. Closing wakes everybody.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace vexaa::base {

template <typename T>
class BoundedQueue {
 public:
  // `batch` is at most `capacity`.
  explicit BoundedQueue(size_t capacity, size_t batch = 1)
      : capacity_(capacity), batch_(batch) {}

  // False when the queue was closed or `stop` requested: the item is dropped.
  bool Push(T item, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    if (!closed_ && items_.size() >= capacity_) {
      changed_.wait(lock, stop, [this] {
        return closed_ || items_.size() + batch_ <= capacity_;
      });
    }
    if (closed_ || stop.stop_requested()) return false;
    items_.push_back(std::move(item));
    if (items_.size() == batch_) changed_.notify_all();
    return true;
  }

  // The oldest item; nothing once closed and drained, or when stopped.
  std::optional<T> Pop(std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    if (!closed_ && items_.empty()) {
      changed_.wait(lock, stop,
                    [this] { return closed_ || items_.size() >= batch_; });
    }
    if (items_.empty() || stop.stop_requested()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    if (items_.size() + batch_ == capacity_) changed_.notify_all();
    return item;
  }

  // No more items come in; those inside can still be taken.
  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  const size_t capacity_;
  const size_t batch_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<T> items_;  // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
};

}  // namespace vexaa::base

#include "controller/log_keeper.h"

#include <algorithm>

namespace vexaa::controller {
namespace {

// The store keeps the last 8 KiB; a character more, and it cuts before a whole
// one.
constexpr size_t kLogTailBytes = (8 << 10) + 3;
constexpr size_t kMaxWaiting = 1000;
constexpr size_t kAtOnce = 16;

}  // namespace

void LogKeeper::Add(const jobs::AttemptId& attempt) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() == kMaxWaiting) waiting_.pop_front();
  waiting_.push_back(attempt);
  changed_.notify_one();
}

bool LogKeeper::Keep(const jobs::AttemptId& attempt) {
  return KeepAll({attempt}) == 1;
}

bool LogKeeper::KeepNext() {
  std::vector<jobs::AttemptId> next;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    auto end = waiting_.begin() +
               static_cast<ptrdiff_t>(std::min(waiting_.size(), kAtOnce));
    next.assign(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
  }
  KeepAll(next);
  return true;
}

size_t LogKeeper::KeepAll(const std::vector<jobs::AttemptId>& attempts) {
  std::vector<store::LogTail> tails;
  for (const jobs::AttemptId& attempt : attempts) {
    auto tail = pods_.LogTail(jobs::PodNameFor(attempt), kLogTailBytes);
    if (tail.ok())
      tails.push_back({attempt, std::move(*tail)});
    else if (tail.status().code() != base::Code::kNotFound)
      Say(attempt, tail.status());
  }
  if (tails.empty()) return 0;
  base::Status saved = store_.SaveLogTails(tails);
  if (saved.ok()) return tails.size();
  for (const store::LogTail& tail : tails) Say(tail.attempt, saved);
  return 0;
}

void LogKeeper::Say(const jobs::AttemptId& attempt, const base::Status& why) {
  log_.Debug("Could not keep the runner's log", {{"jobId", attempt.job.value()},
                                                 {"attempt", attempt.attempt},
                                                 {"err", why}});
}

void LogKeeper::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
    }
    if (!stop.stop_requested()) KeepNext();
  }
}

}  // namespace vexaa::controller

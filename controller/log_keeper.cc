#include "controller/log_keeper.h"

namespace vexaa::controller {
namespace {

constexpr size_t kLogTailBytes = 8 << 10;
constexpr size_t kMaxWaiting = 1000;

}  // namespace

void LogKeeper::Add(const jobs::AttemptId& attempt) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() == kMaxWaiting) waiting_.pop_front();
  waiting_.push_back(attempt);
  changed_.notify_one();
}

bool LogKeeper::Keep(const jobs::AttemptId& attempt) {
  auto tail = pods_.LogTail(jobs::PodNameFor(attempt), kLogTailBytes);
  base::Status saved =
      tail.ok() ? store_.SaveLogTail(attempt, *tail) : tail.status();
  if (saved.ok()) return true;
  if (saved.code() == base::Code::kNotFound) return false;
  log_.Debug("Could not keep the runner's log", {{"jobId", attempt.job.value()},
                                                 {"attempt", attempt.attempt},
                                                 {"err", saved}});
  return false;
}

bool LogKeeper::KeepNext() {
  jobs::AttemptId next;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    next = waiting_.front();
    waiting_.pop_front();
  }
  Keep(next);
  return true;
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

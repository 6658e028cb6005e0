#include "controller/success_writer.h"

#include <algorithm>

#include "lib/base/backoff.h"

namespace vexaa::controller {
namespace {

constexpr size_t kMaxWaiting = 256;
// For company, while jobs wait for a thread that publishes: then it is the
// cost of a job that counts, and not its last moment.
constexpr base::Duration kLinger = std::chrono::milliseconds(20);
// Before what could not be written is looked at again.
constexpr base::Duration kPace = std::chrono::seconds(1);

}  // namespace

bool SuccessWriter::Add(const Published& published, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, std::move(stop),
                     [this] { return waiting_.size() < kMaxWaiting; }))
    return false;
  // It may have been published once more meanwhile: that found it done.
  if (std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& each) {
        return each.success.attempt == published.success.attempt;
      }))
    return true;
  waiting_.push_back(published);
  changed_.notify_all();
  return true;
}

std::vector<SuccessWriter::Published> SuccessWriter::Take() {
  std::lock_guard lock(mutex_);
  size_t count = std::min(waiting_.size(), store::kMaxSuccesses);
  auto end = waiting_.begin() + static_cast<ptrdiff_t>(count);
  std::vector<Published> taken(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  changed_.notify_all();
  return taken;
}

bool SuccessWriter::WriteNext() {
  std::vector<Published> all = Take();
  if (all.empty()) return false;
  std::vector<store::Success> successes;
  for (const Published& each : all) successes.push_back(each.success);
  auto moved = parts_.store.MarkSucceeded(successes);
  if (!moved.ok())
    parts_.log.Warn("Could not write down that jobs succeeded",
                    {{"jobs", all.size()}, {"err", moved.status()}});
  for (const Published& each : all) {
    const jobs::AttemptId& attempt = each.success.attempt;
    bool done = moved.ok() && std::find(moved->begin(), moved->end(),
                                        attempt) != moved->end();
    done ? Note(each) : GiveBack(attempt.job);
  }
  return true;
}

void SuccessWriter::Note(const Published& published) {
  const jobs::AttemptId& attempt = published.success.attempt;
  parts_.room.Ring();
  parts_.gate.RoomMade();
  parts_.log.Info("Job succeeded", {{"jobId", attempt.job.value()},
                                    {"attempt", attempt.attempt}});
  parts_.metrics.CountFinished(jobs::JobState::kSucceeded,
                               jobs::Reason::kSucceeded);
  parts_.attempts.Forget(attempt);
  if (published.keep_log) parts_.logs.Add(attempt);
}

void SuccessWriter::GiveBack(jobs::JobId id) {
  parts_.publishing.AddAfter(id, base::Jitter(kPace, 0.3, base::RandomUnit()));
}

void SuccessWriter::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); }))
        return;
    }
    if (parts_.publishing.ready() > 0) parts_.clock.Sleep(kLinger, stop);
    WriteNext();
  }
}

}  // namespace vexaa::controller

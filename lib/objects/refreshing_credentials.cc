#include "lib/objects/refreshing_credentials.h"

#include <algorithm>

#include "lib/base/backoff.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Duration;
using base::Result;
using base::Status;

// As AWS's clients do: new keys are asked for 10 to 15 minutes before the end,
// so that many runners do not ask at once; what ends within the last minute is
// no longer used.
constexpr std::chrono::seconds kAhead(750);
constexpr std::chrono::minutes kLastMinute(1);
constexpr std::chrono::seconds kTryAgainAfter(60);
constexpr std::chrono::seconds kRenewEvery(5);

base::Time RefreshTime(base::Time now, base::Time expires) {
  Duration ahead = base::Jitter(kAhead, 0.2, base::RandomUnit());
  // Keys of a short life are still used for half of it.
  return std::max(expires - ahead, now + (expires - now) / 2);
}

}  // namespace

bool RefreshingCredentials::UsableLocked() const {
  return current_ && (!current_->expires ||
                      clock_.Now() < *current_->expires - kLastMinute);
}

Result<Credentials> RefreshingCredentials::Current(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    bool usable = UsableLocked();
    if (usable && (fetching_ || clock_.Now() < refresh_at_))
      return current_->keys;
    bool waited = fetching_;
    FetchLocked(lock, stop);
    if (UsableLocked()) return current_->keys;
    if (stop.stop_requested()) return Status(Code::kCancelled, "stopped");
    // The fetch that was waited for may have been stopped by its own caller.
    if (!waited || last_error_.code() != Code::kCancelled) {
      if (!last_error_.ok()) return last_error_;
      return Status(Code::kUnavailable,
                    "the keys that were given have ended already: check the "
                    "clock of this machine");
    }
  }
}

bool RefreshingCredentials::Renew(const Credentials& refused,
                                  std::stop_token stop) {
  std::unique_lock lock(mutex_);
  bool stale = !current_ || current_->keys == refused;
  Duration now = clock_.Elapsed();
  if (stale && (!renewed_at_ || now - *renewed_at_ >= kRenewEvery)) {
    renewed_at_ = now;
    FetchLocked(lock, stop);
  }
  return current_ && !(current_->keys == refused);
}

// Fetches, or waits for the thread that does.
void RefreshingCredentials::FetchLocked(std::unique_lock<std::mutex>& lock,
                                        std::stop_token stop) {
  if (fetching_) {
    fetched_.wait(lock, stop, [this] { return !fetching_; });
    return;
  }
  fetching_ = true;
  lock.unlock();
  Result<TemporaryCredentials> fetched = fetcher_->Fetch(stop);
  lock.lock();
  fetching_ = false;
  TakeLocked(std::move(fetched));
  fetched_.notify_all();
}

void RefreshingCredentials::TakeLocked(Result<TemporaryCredentials> fetched) {
  last_error_ = fetched.status();
  base::Time now = clock_.Now();
  if (!fetched.ok()) {
    refresh_at_ = now + base::Jitter(kTryAgainAfter, 0.5, base::RandomUnit());
    return;
  }
  current_ = std::move(*fetched);
  refresh_at_ = current_->expires ? RefreshTime(now, *current_->expires)
                                  : base::Time::max();
}

}  // namespace vexaa::objects

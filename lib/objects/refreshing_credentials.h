// Keys that end, fetched again before they do. Thread-safe: one thread fetches,
// the others go on with what there is, or wait when there is nothing.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "lib/base/clock.h"
#include "lib/objects/credentials.h"

namespace vexaa::objects {

struct TemporaryCredentials {
  Credentials keys;
  std::optional<base::Time> expires;  // nothing: they last
};

// Asks for keys once, within its own time limits. Called by one thread at a
// time.
class CredentialFetcher {
 public:
  virtual ~CredentialFetcher() = default;
  virtual base::Result<TemporaryCredentials> Fetch(std::stop_token stop) = 0;
};

class RefreshingCredentials final : public CredentialSource {
 public:
  // `clock` must outlive the source.
  RefreshingCredentials(std::unique_ptr<CredentialFetcher> fetcher,
                        base::Clock& clock)
      : fetcher_(std::move(fetcher)), clock_(clock) {}

  // Keys whose end is near but not here are given out when no new ones can be
  // had.
  base::Result<Credentials> Current(std::stop_token stop) override;
  // Fetches at most once in five seconds.
  bool Renew(const Credentials& refused, std::stop_token stop) override;

 private:
  bool UsableLocked() const;
  void FetchLocked(std::unique_lock<std::mutex>& lock, std::stop_token stop);
  void TakeLocked(base::Result<TemporaryCredentials> fetched);

  const std::unique_ptr<CredentialFetcher> fetcher_;
  base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any fetched_;
  // All below are guarded by mutex_.
  bool fetching_ = false;
  std::optional<TemporaryCredentials> current_;
  base::Time refresh_at_{};
  base::Status last_error_;  // of the last fetch
  std::optional<base::Duration> renewed_at_;
};

}  // namespace vexaa::objects

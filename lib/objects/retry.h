// When a failed request to an object store is sent again: AWS's standard
// retry mode. Decisions are pure; sleeping is the caller's.
#pragma once

#include <mutex>
#include <optional>

#include "lib/base/clock.h"

namespace vexaa::objects {

enum class RetryClass {
  kNever,      // the answer will not change
  kOnce,       // damaged on the way (a digest that does not match)
  kTransient,  // a broken connection, a 5xx answer
  kThrottled,  // the store asks to slow down
};

struct RetryPolicy {
  int attempts = 3;  // in all; again that many after progress
  base::Duration transient_base = std::chrono::milliseconds(50);
  base::Duration throttled_base = std::chrono::seconds(1);
  base::Duration cap = std::chrono::seconds(20);
};

// AWS: three attempts for a call. Ranges and parts take eight: a job's hour of
// work hangs on each of them.
inline constexpr RetryPolicy kControlRetries{};
inline constexpr RetryPolicy kDataRetries{.attempts = 8};

// One operation's budget, connects and bodies included. Thread-compatible.
class RetryBudget {
 public:
  explicit RetryBudget(const RetryPolicy& policy) : policy_(policy) {}

  // How long to wait before the next attempt; nothing: give up. `random` is in
  // [0, 1); `retry_after` is the server's wish.
  std::optional<base::Duration> Next(
      RetryClass kind, double random,
      std::optional<base::Duration> retry_after = std::nullopt);
  // Bytes arrived: failures before do not count.
  void Progressed() { failures_ = 0; }

 private:
  const RetryPolicy policy_;
  int failures_ = 0;
  int damages_ = 0;
};

// What all operations of a client share, so that a sick store is not buried
// under repeats. Thread-safe.
class RetryTokens {
 public:
  // False: no repeat may be paid for now.
  bool Take(RetryClass kind);
  // After a success: what its last repeat took, or one for a request that
  // needed none.
  void Return(std::optional<RetryClass> last_repeat);

 private:
  static constexpr int kCapacity = 500;
  std::mutex mutex_;
  int tokens_ = kCapacity;  // guarded by mutex_
};

}  // namespace vexaa::objects

#include "lib/kube/watch_policy.h"

#include <algorithm>

#include "lib/kube/api_error.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Duration;
using std::chrono::seconds;

// Shorter and without one event: a proxy or a server that refuses to watch.
constexpr Duration kVeryShort = seconds(1);
// As in client-go: this long without a fault and the past is forgotten.
constexpr Duration kHealthy = std::chrono::minutes(2);
// A watch that fails that often will not come back at this version.
constexpr int kWatchTries = 5;

Duration Delay(const base::Status& status, int failures,
               const base::BackoffPolicy& backoff, double random) {
  const Duration own =
      base::Jitter(base::BackoffDelay(backoff, failures), 0.5, random);
  return std::max(own, RetryAfterOf(status).value_or(Duration::zero()));
}

// Whether the version we watched from is still worth anything.
bool MustList(const base::Status& status, int failures) {
  switch (status.code()) {
    case Code::kOk:
    case Code::kCancelled:
      return false;
    case Code::kUnavailable:
      return status.detail() == "ResourceVersionTooLarge" ||
             failures + 1 >= kWatchTries;
    default:
      return true;  // expired, refused, unreadable
  }
}

}  // namespace

NextStep AfterList(const base::Status& status, int failures,
                   const base::BackoffPolicy& backoff, double random) {
  if (status.ok()) return {Resume::kWatch, Duration::zero(), failures};
  return {Resume::kList, Delay(status, failures, backoff, random),
          failures + 1};
}

NextStep AfterWatch(const WatchReport& report, int failures,
                    const base::BackoffPolicy& backoff, double random) {
  const bool very_short = report.lasted < kVeryShort && report.event_count == 0;
  if (report.silent) return {Resume::kWatch, Duration::zero(), 0};
  if (report.status.ok() && !very_short) {
    return {Resume::kWatch, Duration::zero(), 0};
  }
  if (report.lasted >= kHealthy) failures = 0;
  NextStep next;
  next.resume =
      MustList(report.status, failures) ? Resume::kList : Resume::kWatch;
  next.failures = failures + 1;
  // A first expiry is everyday life (a compaction): list at once.
  const bool expired = report.status.code() == Code::kFailedPrecondition;
  if (!expired || failures > 0) {
    next.delay = Delay(report.status, failures, backoff, random);
  }
  return next;
}

seconds WatchTimeout(const WatchHistory& history, double random) {
  if (history.last_was_silent) return seconds(15);
  const bool bookmarks = history.bookmark_seen;
  const int least = bookmarks ? 300 : 90;
  const int spread = bookmarks ? 300 : 30;
  return seconds(least + static_cast<int>(random * spread));
}

}  // namespace vexaa::kube

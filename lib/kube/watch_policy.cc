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
// A list that fails while the watch works is tried again at that pace.
constexpr Duration kRelistPause = std::chrono::minutes(1);
// No watch is shorter: a list may well come that much late.
constexpr seconds kShortestWatch(5);

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

seconds Wanted(const WatchHistory& history, double random) {
  if (history.last_was_silent) return seconds(15);
  const bool bookmarks = history.bookmark_seen;
  const int least = bookmarks ? 300 : 90;
  const int spread = bookmarks ? 300 : 30;
  return seconds(least + static_cast<int>(random * spread));
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

Duration RelistDelay(const base::Status& status, Duration every,
                     double random) {
  return base::Jitter(status.ok() ? every : std::min(every, kRelistPause), 0.1,
                      random);
}

seconds WatchTimeout(const WatchHistory& history, Duration until_list,
                     double random) {
  const seconds most =
      std::max(std::chrono::ceil<seconds>(until_list), kShortestWatch);
  return std::min(Wanted(history, random), most);
}

}  // namespace vexaa::kube

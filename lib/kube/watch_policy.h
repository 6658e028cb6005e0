// What a reflector does after a list or a watch has ended, as pure functions
// over what happened.
#pragma once

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::kube {

struct WatchReport {
  base::Status status;  // OK: the server ended it
  int event_count = 0;  // bookmarks included
  base::Duration lasted{};
  bool silent = false;  // we ended it: nothing had come for too long
};

enum class Resume { kWatch, kList };

struct NextStep {
  Resume resume = Resume::kList;
  base::Duration delay{};
  int failures = 0;  // in a row, for the next call
};

// `failures`: how many lists and watches in a row went wrong before this one.
NextStep AfterList(const base::Status& status, int failures,
                   const base::BackoffPolicy& backoff, double random);
NextStep AfterWatch(const WatchReport& report, int failures,
                    const base::BackoffPolicy& backoff, double random);

// How long the next watch is asked to last. A server that has shown bookmarks
// proves itself alive by them; any other by ending the watch in time.
struct WatchHistory {
  bool bookmark_seen = false;
  bool last_was_silent = false;
};
std::chrono::seconds WatchTimeout(const WatchHistory& history, double random);

}  // namespace vexaa::kube

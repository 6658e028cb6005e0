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

// How long a view is only watched after a list that ended so, before the next
// one is due.
base::Duration RelistDelay(const base::Status& status, base::Duration every,
                           double random);

// How long the next watch is asked to last: not past the next list, which is
// due in `until_list`. A server that has shown bookmarks
// proves itself alive by them; any other by ending the watch in time.
struct WatchHistory {
  bool bookmark_seen = false;
  bool last_was_silent = false;
};
std::chrono::seconds WatchTimeout(const WatchHistory& history,
                                  base::Duration until_list, double random);

}  // namespace vexaa::kube

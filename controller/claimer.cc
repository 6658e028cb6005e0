#include "controller/claimer.h"

#include <algorithm>

#include "lib/base/backoff.h"
#include "lib/base/digest.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

// One claim transaction takes at most so many rows: it holds their locks.
constexpr int kBatch = 20;
// A new row waits at most that long for an idle controller.
constexpr base::Duration kPoll = 100ms;
// A drained queue is walked over in vain: once in a while is enough.
constexpr base::Duration kDrainPoll = 2s;
constexpr base::BackoffPolicy kAfterError{.first = 500ms, .cap = 10s};

}  // namespace

int ClaimRoom(const store::Queue& queue) {
  if (queue.state == store::QueueState::kPaused) return 0;
  if (queue.state == store::QueueState::kDraining && !queue.drain_to) return 0;
  if (queue.max_running <= 0) return kBatch;
  return std::clamp(queue.max_running - queue.live, 0, kBatch);
}

void Claimer::Run(std::stop_token stop) {
  int errors = 0;
  while (!stop.stop_requested()) {
    base::Result<int> claimed = ClaimOnce();
    base::Duration pause = kPoll;
    if (!claimed.ok()) {
      log_.Warn("Could not claim jobs", {{"err", claimed.status()}});
      pause = base::Jitter(base::BackoffDelay(kAfterError, errors++), 0.3,
                           base::RandomUnit());
    } else {
      errors = 0;
      if (*claimed == kBatch) continue;  // there may be more
    }
    clock_.Sleep(pause, stop);
  }
}

base::Result<int> Claimer::ClaimOnce() {
  // What cannot be seen cannot be worked on.
  if (!pods_.synced() || pods_.stale() || !leadership_.leading()) return 0;
  ASSIGN_OR_RETURN(std::vector<store::Queue> queues,
                   store_.ReadQueues(queues_));
  int claimed = 0;
  for (const store::Queue& queue : queues) {
    int room = ClaimRoom(queue);
    if (room == 0 || (queue.drain_to && clock_.Elapsed() < next_drain_))
      continue;
    ASSIGN_OR_RETURN(std::vector<jobs::Job> jobs,
                     store_.Claim({queue.name, room, owner_,
                                   base::RandomHex(16), queue.drain_to}));
    if (queue.drain_to && jobs.empty())
      next_drain_ = clock_.Elapsed() + kDrainPoll;
    for (const jobs::Job& job : jobs) queue_.Add(job.id);
    metrics_.CountClaimed(static_cast<int>(jobs.size()));
    claimed = std::max(claimed, static_cast<int>(jobs.size()));
  }
  return claimed;
}

}  // namespace vexaa::controller

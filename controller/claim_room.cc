#include "controller/claim_room.h"

#include <algorithm>

#include "lib/base/backoff.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

constexpr base::BackoffPolicy kProbe{.first = 30s, .cap = 5min};

// A stopped queue has one job in work at a time.
int ProbeRoom(const store::Queue& queue) {
  base::Duration quiet = queue.as_of - queue.trouble->last_at;
  bool due = quiet >= ProbePause(queue.trouble->failures);
  return due && queue.live == 0 ? 1 : 0;
}

}  // namespace

base::Duration ProbePause(int failures) {
  return base::BackoffDelay(kProbe,
                            std::max(0, failures - store::kTroublesToStop));
}

int ClaimRoom(const store::Queue& queue) {
  if (queue.state == store::QueueState::kPaused) return 0;
  if (queue.state == store::QueueState::kDraining && !queue.drain_to) return 0;
  if (queue.trouble && queue.trouble->stopped) return ProbeRoom(queue);
  if (queue.max_running <= 0) return kClaimBatch;
  return std::clamp(queue.max_running - queue.live, 0, kClaimBatch);
}

int PendingRoom(const store::Queue& queue, int pods_on_nodes) {
  if (queue.max_pending <= 0) return kClaimBatch;
  int waiting = std::max(0, queue.live - queue.publishing - pods_on_nodes);
  return std::clamp(queue.max_pending - waiting, 0, kClaimBatch);
}

}  // namespace vexaa::controller

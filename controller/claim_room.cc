#include "controller/claim_room.h"

#include <algorithm>

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

// Since the last fault. It does not grow with the faults: many jobs may fail
// before the queue stops, and one job a probe costs little.
constexpr base::Duration kProbePause = 30s;

// One for each thread, by default.
constexpr int kFirstBatch = 16;

// A stopped queue has one job at a time with a runner; what is being published
// needs none, and may wait for its storage for long.
int ProbeRoom(const store::Queue& queue) {
  base::Duration quiet = queue.as_of - queue.trouble->last_at;
  bool due = quiet >= kProbePause;
  return due && queue.live <= queue.publishing ? 1 : 0;
}

}  // namespace

int ClaimLimit(size_t ready) {
  if (ready == 0) return kFirstBatch;
  return ready < size_t{kClaimBatch} ? kClaimBatch : 0;
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

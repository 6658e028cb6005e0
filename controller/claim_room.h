// How many rows to claim. PURE.
#pragma once

#include "lib/store/job_store.h"

namespace vexaa::controller {

// One claim transaction takes at most so many rows: it holds their locks.
inline constexpr int kClaimBatch = 20;

// Rows to claim from a queue now, by its state and its limits but max_pending.
int ClaimRoom(const store::Queue& queue);

// Rows to claim at most where `pods_on_nodes` pods of the queue have a node
// and are not over: the rest of its rows in work wait for one.
int PendingRoom(const store::Queue& queue, int pods_on_nodes);

}  // namespace vexaa::controller

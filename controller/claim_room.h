// How many rows to claim. PURE.
#pragma once

#include "lib/store/job_store.h"

namespace vexaa::controller {

// One claim transaction takes at most so many rows: it holds their locks.
// Enough for its dozen round trips to cost a row little.
inline constexpr int kClaimBatch = 64;

// Rows to claim at most where `ready` claimed jobs wait for a thread. Where
// none does the threads may be idle: a small batch has them begin sooner. Past
// a whole batch more would wait in vain, and their rows be read once more.
int ClaimLimit(size_t ready);

// Rows to claim from a queue now, by its state and its limits but max_pending.
int ClaimRoom(const store::Queue& queue);

// Rows to claim at most where `pods_on_nodes` pods of the queue have a node
// and are not over: the rest of its rows in work wait for one.
int PendingRoom(const store::Queue& queue, int pods_on_nodes);

}  // namespace vexaa::controller

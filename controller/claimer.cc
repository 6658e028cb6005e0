#include "controller/claimer.h"

#include <algorithm>
#include <limits>

#include "controller/claim_room.h"
#include "controller/pod_observation.h"
#include "lib/base/backoff.h"
#include "lib/base/digest.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

// A new row waits at most that long for an idle controller.
constexpr base::Duration kPoll = 100ms;
// And at least that long: many jobs that end at once make one look.
constexpr base::Duration kShortestPoll = 10ms;
// A drained queue is walked over in vain: once in a while is enough.
constexpr base::Duration kDrainPoll = 2s;
constexpr base::BackoffPolicy kAfterError{.first = 500ms, .cap = 10s};

int LiveIn(const std::vector<store::Queue>& queues) {
  int live = 0;
  for (const store::Queue& queue : queues) live += queue.live;
  return live;
}

int PodsOnNodes(const PodRuntime& pods, const std::string& queue,
                base::Time now) {
  int count = 0;
  for (const kube::Pod& pod : pods.All()) {
    auto label = pod.labels.find(kQueueLabel);
    bool ours = label != pod.labels.end() && label->second == queue;
    if (ours && !pod.node_name.empty() && !IsOver(pod, now)) ++count;
  }
  return count;
}

}  // namespace

void Claimer::Run(std::stop_token stop) {
  int errors = 0;
  while (!stop.stop_requested()) {
    if (ClaimLimit(parts_.queue.ready()) == 0) {
      parts_.clock.Sleep(kShortestPoll, stop);
      continue;
    }
    base::Result<bool> more = ClaimOnce();
    if (!more.ok()) {
      parts_.log.Warn("Could not claim jobs", {{"err", more.status()}});
      parts_.clock.Sleep(base::Jitter(base::BackoffDelay(kAfterError, errors++),
                                      0.3, base::RandomUnit()),
                         stop);
      continue;
    }
    errors = 0;
    if (*more || !parts_.clock.Sleep(kShortestPoll, stop)) continue;
    parts_.room.Wait(kPoll - kShortestPoll, stop);
  }
}

// What cannot be seen cannot be worked on.
bool Claimer::MayClaim() const {
  return parts_.pods.synced() && parts_.pods.Health().ok() &&
         parts_.leadership.leading();
}

// What cannot be made need not be claimed, but for one job that finds out
// whether it can.
int Claimer::Room(const std::vector<store::Queue>& queues) {
  int room = parts_.max_running > 0 ? parts_.max_running - LiveIn(queues)
                                    : std::numeric_limits<int>::max();
  if (!parts_.gate.closed()) return room;
  return room > 0 && parts_.gate.TakeProbe() ? 1 : 0;
}

base::Result<bool> Claimer::ClaimOnce() {
  ASSIGN_OR_RETURN(std::vector<store::Queue> queues,
                   parts_.store.ReadQueues(parts_.queues));
  parts_.health.Update(queues);
  if (queues.empty() || !MayClaim()) return false;
  int left = Room(queues);
  bool more = false;
  first_ = (first_ + 1) % queues.size();
  for (size_t i = 0; i < queues.size(); ++i) {
    const store::Queue& queue = queues[(first_ + i) % queues.size()];
    const int limit = ClaimLimit(parts_.queue.ready());
    ASSIGN_OR_RETURN(int claimed,
                     ClaimFrom(queue, std::min({left, limit, RoomIn(queue)})));
    left -= claimed;
    more = more || (limit > 0 && claimed == limit);
  }
  return more;
}

// The pods are counted only where the limit may be reached: that copies them.
int Claimer::RoomIn(const store::Queue& queue) const {
  int room = std::min(ClaimRoom(queue), PendingRoom(queue, queue.live));
  if (PendingRoom(queue, 0) >= room) return room;
  return std::min(room, PendingRoom(queue, PodsOnNodes(parts_.pods, queue.name,
                                                       parts_.clock.Now())));
}

base::Result<int> Claimer::ClaimFrom(const store::Queue& queue, int room) {
  base::Duration now = parts_.clock.Elapsed();
  if (room <= 0 || (queue.drain_to && now < next_drain_)) return 0;
  ASSIGN_OR_RETURN(std::vector<jobs::Job> jobs,
                   parts_.store.Claim({queue.name, room, parts_.owner,
                                       base::RandomHex(16), queue.drain_to}));
  if (queue.drain_to && jobs.empty()) next_drain_ = now + kDrainPoll;
  parts_.starter.PlanFirst(jobs);
  for (jobs::Job& job : jobs) {
    const jobs::JobId id = job.id;
    parts_.read.Put({std::move(job), now});
    parts_.queue.Add(id);
  }
  int claimed = static_cast<int>(jobs.size());
  parts_.metrics.CountClaimed(claimed);
  return claimed;
}

}  // namespace vexaa::controller

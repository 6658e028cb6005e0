// Job ids that want reconciling. An id is worked by one thread at a time;
// adding one that is being worked queues it once more for afterwards. Delayed
// adds are merged with the earliest. Thread-safe. Holds at most one entry a
// live job, so its size is bounded by the jobs under way. Ids that need the
// same stores share a lane, by whose rules they are given out.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>

#include "controller/ready_lanes.h"
#include "lib/base/clock.h"
#include "lib/jobs/job.h"

namespace vexaa::controller {

class WorkQueue {
 public:
  // `clock` must outlive the queue.
  explicit WorkQueue(const base::Clock& clock, const LaneRules& rules = {})
      : clock_(clock), ready_(rules) {}

  // `stores` are remembered until the id is done for good.
  void Add(jobs::JobId id, Stores stores = {});
  void AddAfter(jobs::JobId id, base::Duration delay);
  // The next id; nothing when stopped. Done(id) must follow.
  std::optional<jobs::JobId> Next(std::stop_token stop);
  // Of an id that is worked on: whether its stores answered.
  void NoteAnswer(jobs::JobId id, bool answered);
  void Done(jobs::JobId id);
  size_t size() const;
  // Ids that only wait for a thread.
  size_t ready() const;

 private:
  void MoveDue();                // needs mutex_
  void Undelay(jobs::JobId id);  // needs mutex_

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  ReadyLanes ready_;
  std::set<jobs::JobId> dirty_;  // those in ready_, or to go there after Done
  std::set<jobs::JobId> processing_;
  // Due at, by Elapsed(); the same entries by time, so that a look at what is
  // due costs nothing while nothing is.
  std::map<jobs::JobId, base::Duration> delayed_;
  std::set<std::pair<base::Duration, jobs::JobId>> due_;
};

}  // namespace vexaa::controller

// Job ids that are ready to be worked on, kept apart by the stores they need:
// lanes take turns, and a store that does not answer holds few threads. Without
// rules it is a plain queue. Thread-compatible.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>

#include "lib/jobs/job.h"

namespace vexaa::objects {
class ObjectStore;
}

namespace vexaa::controller {

// What a job's outputs lie in; none: not known, or none is needed.
using Stores = std::set<const objects::ObjectStore*>;

struct LaneRules {
  int threads = 0;  // that work on ids; 0: nobody is limited
  bool several_stores = false;
};

struct LaneLoad {
  int under_way = 0;
  bool silent = false;  // the last that was tried got no answer
};

// Whether one more thread may work on a lane's ids. A silent store has one
// that tries; any other leaves a quarter of the threads to the other stores.
// PURE.
bool MayStart(const LaneLoad& load, const LaneRules& rules);

class ReadyLanes {
 public:
  explicit ReadyLanes(const LaneRules& rules) : rules_(rules) {}

  // Before Push; known until Forget.
  void SetStores(jobs::JobId id, Stores stores);
  void Push(jobs::JobId id);
  // The next id that may be worked on; Leave(id) must follow.
  std::optional<jobs::JobId> Pop();
  bool CanPop() const;
  void NoteAnswer(jobs::JobId id, bool answered);
  void Leave(jobs::JobId id);
  void Forget(jobs::JobId id);
  size_t size() const;

 private:
  struct Lane {
    std::deque<jobs::JobId> ready;
    LaneLoad load;
  };
  bool MayPop(const Lane& lane) const {
    return !lane.ready.empty() && MayStart(lane.load, rules_);
  }
  Lane& LaneOf(jobs::JobId id);

  const LaneRules rules_;
  std::map<jobs::JobId, Stores> stores_;  // where some are known
  std::map<Stores, Lane> lanes_;          // as many as combinations were seen
  Stores last_;                           // whose turn it was
};

}  // namespace vexaa::controller

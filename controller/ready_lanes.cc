#include "controller/ready_lanes.h"

#include <algorithm>
#include <utility>

namespace vexaa::controller {

bool MayStart(const LaneLoad& load, const LaneRules& rules) {
  if (rules.threads == 0) return true;
  if (load.silent) return load.under_way == 0;
  if (!rules.several_stores) return true;
  const int left_to_others = std::max(rules.threads / 4, 1);
  return load.under_way < std::max(rules.threads - left_to_others, 1);
}

void ReadyLanes::SetStores(jobs::JobId id, Stores stores) {
  if (!stores.empty()) stores_.try_emplace(id, std::move(stores));
}

ReadyLanes::Lane& ReadyLanes::LaneOf(jobs::JobId id) {
  auto known = stores_.find(id);
  return lanes_[known == stores_.end() ? Stores{} : known->second];
}

void ReadyLanes::Push(jobs::JobId id) { LaneOf(id).ready.push_back(id); }

std::optional<jobs::JobId> ReadyLanes::Pop() {
  auto at = lanes_.upper_bound(last_);
  for (size_t i = 0; i < lanes_.size(); ++i, ++at) {
    if (at == lanes_.end()) at = lanes_.begin();
    auto& [stores, lane] = *at;
    if (!MayPop(lane)) continue;
    jobs::JobId id = lane.ready.front();
    lane.ready.pop_front();
    ++lane.load.under_way;
    last_ = stores;
    return id;
  }
  return std::nullopt;
}

bool ReadyLanes::CanPop() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [this](const auto& lane) { return MayPop(lane.second); });
}

void ReadyLanes::NoteAnswer(jobs::JobId id, bool answered) {
  LaneOf(id).load.silent = !answered;
}

void ReadyLanes::Leave(jobs::JobId id) { --LaneOf(id).load.under_way; }

void ReadyLanes::Forget(jobs::JobId id) { stores_.erase(id); }

size_t ReadyLanes::size() const {
  size_t ids = 0;
  for (const auto& [stores, lane] : lanes_) ids += lane.ready.size();
  return ids;
}

}  // namespace vexaa::controller

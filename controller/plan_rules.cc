#include "controller/plan_rules.h"

namespace vexaa::controller {
namespace {

constexpr base::Duration kFreshFor = std::chrono::seconds(5);

std::vector<std::string> BucketsOf(
    const std::vector<objects::StoreConfig>& stores) {
  std::vector<std::string> buckets;
  for (const objects::StoreConfig& store : stores)
    buckets.insert(buckets.end(), store.buckets.begin(), store.buckets.end());
  return buckets;
}

}  // namespace

base::Result<jobs::PlanRules> PlanRulesSource::Get() {
  std::lock_guard lock(mutex_);
  if (rules_ && clock_.Elapsed() - read_at_ < kFreshFor) return *rules_;
  base::Duration now = clock_.Elapsed();
  ASSIGN_OR_RETURN(auto profiles, store_.ReadProfiles());
  rules_ = jobs::PlanRules{.profiles = std::move(profiles),
                           .buckets = BucketsOf(config_.stores),
                           .roots = config_.folder.roots,
                           .output_root = config_.folder.output_root};
  read_at_ = now;
  return *rules_;
}

}  // namespace vexaa::controller

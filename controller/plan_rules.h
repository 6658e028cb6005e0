// The rules that jobs are planned by: profiles from the database, places from
// the configuration. Thread-safe.
#pragma once

#include <mutex>
#include <optional>

#include "controller/config.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

class PlanRulesSource {
 public:
  // All must outlive the source.
  PlanRulesSource(store::JobStore& store, const base::Clock& clock,
                  const Config& config)
      : store_(store), clock_(clock), config_(config) {}

  // A changed profile counts some seconds later.
  base::Result<jobs::PlanRules> Get();

 private:
  store::JobStore& store_;
  const base::Clock& clock_;
  const Config& config_;
  std::mutex mutex_;
  std::optional<jobs::PlanRules> rules_;  // guarded by mutex_
  base::Duration read_at_{};              // guarded by mutex_
};

}  // namespace vexaa::controller

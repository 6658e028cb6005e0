// What a running runner shows on /metrics: gauges and counters of its one run.
// The controller adds runs up from their outcomes; these help to look into one.
// Thread-safe.
#pragma once

#include "lib/jobs/run_outcome.h"
#include "lib/metrics/registry.h"

namespace vexaa::runner {

class RunnerMetrics {
 public:
  // `registry` must outlive this.
  explicit RunnerMetrics(metrics::Registry& registry);

  void Update(const jobs::RunProgress& progress) const;

 private:
  metrics::Gauge done_;
  metrics::Gauge speed_;
  metrics::Gauge media_;
  metrics::Counter read_;
};

}  // namespace vexaa::runner

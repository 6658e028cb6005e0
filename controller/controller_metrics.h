// The controller's metrics; docs/operations.md lists them. All series exist
// from the start. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/jobs/job_state.h"
#include "lib/jobs/reason.h"
#include "lib/metrics/registry.h"

namespace vexaa::controller {

class ControllerMetrics {
 public:
  ControllerMetrics(metrics::Registry& registry,
                    const std::vector<std::string>& queues);

  // A standby knows nothing of the queues and jobs: theirs go to 0.
  void SetLeading(bool leading) const;
  // False until it is known, and for queues not named at the start.
  void SetQueueStopped(const std::string& queue, bool stopped) const;
  void CountClaimed(int jobs) const { claimed_.Add(jobs); }
  void CountReconcile(bool ok) const;
  // `state` is terminal.
  void CountFinished(jobs::JobState state, jobs::Reason reason) const;
  void SetJobCounts(const std::map<jobs::JobState, int64_t>& counts) const;
  // `verb` as of kube::RequestObserver; 0 when no answer came.
  void CountKubeRequest(std::string_view verb, int http_status) const;

 private:
  metrics::Gauge leading_;
  std::vector<std::string> queues_;
  metrics::GaugeSet queue_stopped_;
  metrics::Counter claimed_;
  metrics::CounterSet reconciles_;
  std::map<jobs::JobState, metrics::CounterSet> finished_;
  metrics::GaugeSet jobs_;
  metrics::CounterSet kube_requests_;
};

}  // namespace vexaa::controller

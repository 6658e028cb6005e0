// Takes queued rows into work while there is room for them. One thread.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "controller/controller_metrics.h"
#include "controller/leadership.h"
#include "controller/pod_runtime.h"
#include "controller/work_queue.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

// How many rows to claim from a queue now. PURE.
int ClaimRoom(const store::Queue& queue);

class Claimer {
 public:
  // All must outlive the claimer; `owner` names this controller.
  Claimer(store::JobStore& store, const PodRuntime& pods, WorkQueue& queue,
          ControllerMetrics& metrics, const Leadership& leadership,
          base::Clock& clock, base::Logger& log,
          std::vector<std::string> queues, std::string owner)
      : store_(store),
        pods_(pods),
        queue_(queue),
        metrics_(metrics),
        leadership_(leadership),
        clock_(clock),
        log_(log),
        queues_(std::move(queues)),
        owner_(std::move(owner)) {}

  // Claims until stopped.
  void Run(std::stop_token stop);
  // One round over all queues; how many rows were claimed.
  base::Result<int> ClaimOnce();

 private:
  store::JobStore& store_;
  const PodRuntime& pods_;
  WorkQueue& queue_;
  ControllerMetrics& metrics_;
  const Leadership& leadership_;
  base::Clock& clock_;
  base::Logger& log_;
  const std::vector<std::string> queues_;
  const std::string owner_;
  base::Duration next_drain_{};  // no look into a draining queue before that
};

}  // namespace vexaa::controller

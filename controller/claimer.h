// Takes queued rows into work while there is room for them. One thread.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "controller/bell.h"
#include "controller/controller_metrics.h"
#include "controller/creation_gate.h"
#include "controller/deployment_health.h"
#include "controller/leadership.h"
#include "controller/pod_runtime.h"
#include "controller/read_rows.h"
#include "controller/starter.h"
#include "controller/work_queue.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

// What the claimer works with; all must outlive it.
struct ClaimerParts {
  store::JobStore& store;
  const PodRuntime& pods;
  Starter& starter;
  WorkQueue& queue;
  ReadRows& read;  // what was claimed goes there, too
  Bell& room;      // rung when a job is over
  CreationGate& gate;
  DeploymentHealth& health;
  const ControllerMetrics& metrics;
  const Leadership& leadership;
  base::Clock& clock;
  base::Logger& log;
  std::vector<std::string> queues;
  int max_running = 0;  // over all queues; 0: no limit
  std::string owner;    // names this controller
};

class Claimer {
 public:
  explicit Claimer(ClaimerParts parts) : parts_(std::move(parts)) {}

  // Claims until stopped.
  void Run(std::stop_token stop);
  // One round over all queues. True when there may be more to claim at once.
  base::Result<bool> ClaimOnce();

 private:
  bool MayClaim() const;
  int Room(const std::vector<store::Queue>& queues);
  int RoomIn(const store::Queue& queue) const;
  base::Result<int> ClaimFrom(const store::Queue& queue, int room);

  const ClaimerParts parts_;
  size_t first_ = 0;  // the queue whose turn it is to be served first
  base::Duration next_drain_{};  // no look into a draining queue before that
};

}  // namespace vexaa::controller

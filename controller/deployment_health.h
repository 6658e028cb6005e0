// Whether this installation's runners can work at all: an image that cannot be
// pulled or credentials that are refused fail every job, so past a few of them
// in a row the queue is stopped and probed with one job at a time. The counts
// lie in the database; this remembers which queues have any. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "controller/controller_metrics.h"
#include "lib/base/log.h"
#include "lib/jobs/reason.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

class DeploymentHealth {
 public:
  // All must outlive it.
  DeploymentHealth(store::JobStore& store, const ControllerMetrics& metrics,
                   base::Logger& log)
      : store_(store), metrics_(metrics), log_(log) {}

  // What the database says now: logs and shows queues that stop or go on.
  void Update(const std::vector<store::Queue>& queues);
  // An attempt ended by `reason`; only faults of the installation count.
  void Failed(const std::string& queue, jobs::Reason reason,
              const std::string& message);
  // A runner of this queue runs: pods can be made and images pulled.
  void Started(const std::string& queue);
  // A runner of this queue did its work, whatever became of it.
  void Worked(const std::string& queue);

 private:
  void Forget(const std::string& queue);

  store::JobStore& store_;
  const ControllerMetrics& metrics_;
  base::Logger& log_;
  std::mutex mutex_;
  std::map<std::string, store::QueueTrouble> troubles_;  // guarded by mutex_
};

}  // namespace vexaa::controller

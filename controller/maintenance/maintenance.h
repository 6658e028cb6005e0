// The controller's housekeeping: what time, people and dead attempts leave to
// be done. Each duty is safe to repeat and to be done by two at once. One
// thread.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/attempts.h"
#include "controller/controller_metrics.h"
#include "controller/pod_runtime.h"
#include "controller/upload_sweeper.h"
#include "controller/work_queue.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

struct MaintenanceParts {
  store::JobStore& store;
  PodRuntime& pods;
  UploadSweeper& sweeper;
  WorkQueue& queue;
  ControllerMetrics& metrics;
  base::Clock& clock;
  base::Logger& log;
  std::vector<std::string> queues;
};

struct PodRetention {
  base::Duration finished_ttl = std::chrono::minutes(10);
  base::Duration failed_ttl = std::chrono::hours(1);
  int max_finished = 200;
};

class Maintenance {
 public:
  Maintenance(MaintenanceParts parts, PodRetention retention)
      : parts_(std::move(parts)), retention_(retention) {}

  // Every duty at its own pace, until stopped.
  void Run(std::stop_token stop);

  // scheduled -> queued, unwanted rows -> cancelled or to the work queue.
  base::Status MoveRows(std::stop_token stop);
  // Every live row to the work queue: whatever an event failed to tell.
  base::Status CrossCheck(std::stop_token stop);
  // Uploads whose time has come; sweeps of terminal rows.
  base::Status CleanUploads(std::stop_token stop);
  // Pods past their time, and pods of attempts that are not live any more.
  base::Status CleanPods(std::stop_token stop);
  base::Status ReadCounts(std::stop_token stop);

 private:
  base::Status AbortStale(const store::StaleUpload& upload,
                          std::stop_token stop);
  base::Status SweepJob(jobs::JobId id, std::stop_token stop);

  MaintenanceParts parts_;
  const PodRetention retention_;
};

}  // namespace vexaa::controller

// The controller's housekeeping: what time, people and dead attempts leave to
// be done. Each duty is safe to repeat and to be done by two at once. Four
// threads: neither storage or a node that does not answer, nor a count of a
// million jobs holds up a retry or a cancel.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/attempts.h"
#include "controller/controller_metrics.h"
#include "controller/maintenance/pod_cleaner.h"
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
  LogKeeper& logs;
  WorkQueue& queue;
  ControllerMetrics& metrics;
  base::Clock& clock;
  base::Logger& log;
  std::vector<std::string> queues;
  std::string installation;  // UUID of the database
};

// How long finished rows are kept; 0: for ever.
struct RowRetention {
  std::chrono::seconds succeeded{};
  std::chrono::seconds failed{};
  std::chrono::seconds cancelled{};
};

// Before the next count, when one took `cost`: a deep backlog is counted less
// often, so that counting takes a fiftieth of one connection's time at most.
base::Duration PauseAfterCount(base::Duration cost);

class Maintenance {
 public:
  Maintenance(MaintenanceParts parts, PodRetention retention,
              RowRetention rows = {});

  // Every duty at its own pace, until stopped: rows and queues.
  void Run(std::stop_token stop);
  // The same for pods.
  void RunPods(std::stop_token stop);
  // The same for uploads in object storage.
  void RunUploads(std::stop_token stop);
  // The same for the counts of jobs, at the pace of PauseAfterCount().
  void RunCounts(std::stop_token stop);

  // scheduled -> queued, unwanted rows -> cancelled or to the work queue.
  base::Status MoveRows(std::stop_token stop);
  // Every live row to the work queue: whatever an event failed to tell.
  base::Status CrossCheck(std::stop_token stop);
  // Sweeps of rows that are due for one; uploads whose time has come.
  base::Status CleanUploads(std::stop_token stop);
  // Pods past their time, and pods of attempts that are not live any more.
  base::Status CleanPods(std::stop_token stop);
  base::Status ReadCounts(std::stop_token stop);
  // Draining queues; jobs in queues that nobody made.
  base::Status LookAfterQueues(std::stop_token stop);
  // Rows past their time, a bounded number.
  base::Status PurgeRows(std::stop_token stop);

 private:
  struct Duty {
    const char* name;
    base::Duration pace;
    base::Status (Maintenance::*run)(std::stop_token);
  };

  void RunDuties(std::span<const Duty> duties, std::stop_token stop);
  base::Status PurgeState(jobs::JobState state, std::chrono::seconds age,
                          std::stop_token stop);
  base::Status SweepDue(std::stop_token stop);
  base::Status AbortDue(std::stop_token stop);
  base::Status AbortStale(const store::StaleUpload& upload,
                          std::stop_token stop);
  base::Status SweepJob(jobs::JobId id, std::stop_token stop);
  base::Status SweepUploads(const jobs::Job& job, std::stop_token stop);

  MaintenanceParts parts_;
  const RowRetention rows_;
  PodCleaner cleaner_;  // CleanPods' own
};

}  // namespace vexaa::controller

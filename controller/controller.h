// A working controller: all its parts, and the threads they run on. While it
// leads it claims, reconciles and cleans up; while it stands by it only keeps
// its view of the pods fresh and passes progress on.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "controller/attempts.h"
#include "controller/bell.h"
#include "controller/claimer.h"
#include "controller/config.h"
#include "controller/controller_metrics.h"
#include "controller/creation_gate.h"
#include "controller/deployment_health.h"
#include "controller/leadership.h"
#include "controller/maintenance/maintenance.h"
#include "controller/plan_rules.h"
#include "controller/pod_runtimes.h"
#include "controller/progress_receiver.h"
#include "controller/publisher.h"
#include "controller/read_rows.h"
#include "controller/reconciler.h"
#include "controller/starter.h"
#include "controller/upload_sweeper.h"
#include "controller/work_queue.h"
#include "lib/base/log.h"
#include "lib/metrics/admin_server.h"
#include "lib/objects/open_stores.h"
#include "lib/store/executor_lock.h"
#include "lib/store/mysql_job_store.h"
#include "lib/store/resource_store.h"
#include "lib/store/sql_pool.h"

namespace vexaa::controller {

class Controller {
 public:
  // The references must outlive the controller.
  Controller(const Config& config, base::Logger& log, base::Clock& clock,
             store::SqlOptions sql, std::stop_token stop);

  // Before Run. kUnavailable: a service is not there; else the configuration
  // cannot work.
  base::Status Open(const config::EnvironmentLookup& environment);
  // OK when stopped as asked.
  base::Status Run(std::stop_token stop);

 private:
  base::Status OpenPorts();
  std::unique_ptr<Leadership> MakeLeadership();
  std::string ProgressUrl() const;
  ReconcilerParts PartsOfReconciler();
  ClaimerParts PartsOfClaimer();
  MaintenanceParts PartsOfMaintenance();
  PodRetention Retention() const;
  RowRetention RowsKept() const;
  // Works as the leader until stopped.
  void Lead(std::stop_token stop);
  void Work(std::stop_token stop);
  void PublishResults(std::stop_token stop);
  // Until stopped; at once where there are none.
  void SyncAudioJobs(std::stop_token stop);
  void WatchPods(std::stop_token stop);
  // Until stopped, or until the lock is another's.
  base::Status KeepLock(std::stop_token stop);

  const Config& config_;
  base::Logger& log_;
  base::Clock& clock_;
  const std::string self_;
  std::string installation_;
  const store::SqlOptions sql_;
  std::unique_ptr<store::ExecutorLock> lock_;  // processes only
  store::SqlPool pool_;
  store::MysqlJobStore store_;
  store::MysqlResourceStore resources_;
  metrics::Registry registry_;
  metrics::Registry no_metrics_;
  ControllerMetrics counts_;
  PlanRulesSource rules_;
  Bell room_;
  CreationGate gate_;
  DeploymentHealth health_;
  WorkQueue queue_;
  WorkQueue publishing_;
  ReadRows read_;
  ReadRows begun_;
  Attempts attempts_;
  ProgressReceiver progress_;
  metrics::AdminServer admin_;
  metrics::AdminServer progress_port_;
  std::unique_ptr<objects::OpenStores> stores_;
  std::optional<objects::StoreSet> store_set_;
  std::unique_ptr<PodRuntimeOwner> runtime_;
  std::unique_ptr<kube::LeaseClient> leases_;  // pods only
  std::unique_ptr<Leadership> leadership_;
  std::unique_ptr<UploadSweeper> sweeper_;
  std::unique_ptr<Starter> starter_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<LogKeeper> logs_;
  std::unique_ptr<SuccessWriter> successes_;
  std::unique_ptr<Reconciler> reconciler_;
};

}  // namespace vexaa::controller

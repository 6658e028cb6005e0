#include "controller/controller.h"

#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/base/version.h"

namespace vexaa::controller {
namespace {

using base::Status;

// Unique among the controllers of one database, for as long as one lives.
std::string NameSelf() {
  char host[256] = "unknown";
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + "-" + base::RandomHex(4);
}

metrics::AdminOptions PortOf(const ListenConfig& listen) {
  return {.address = listen.address,
          .port = static_cast<uint16_t>(listen.port)};
}

LaneRules PublishRules(const Config& config) {
  const size_t folders = config.folder.roots.empty() ? 0 : 1;
  return {.threads = config.publish_concurrency,
          .several_stores = config.stores.size() + folders > 1};
}

}  // namespace

Controller::Controller(const Config& config, base::Logger& log,
                       base::Clock& clock, store::SqlOptions sql,
                       std::stop_token stop)
    : config_(config),
      log_(log),
      clock_(clock),
      self_(NameSelf()),
      sql_(std::move(sql)),
      pool_(sql_, clock, stop),
      store_(pool_),
      resources_(pool_),
      counts_(registry_, config.queues),
      rules_(store_, clock, config),
      gate_(clock),
      health_(store_, counts_, log),
      queue_(clock),
      publishing_(clock, PublishRules(config)),
      read_(clock),
      begun_(clock, kHoldFor),
      progress_(attempts_, store_, log),
      admin_(PortOf(config.admin), registry_),
      progress_port_(PortOf(config.progress), no_metrics_) {}

Status Controller::Open(const config::EnvironmentLookup& environment) {
  if (config_.executor == Executor::kProcess) {
    ASSIGN_OR_RETURN(lock_, store::ExecutorLock::Take(sql_));
  }
  ASSIGN_OR_RETURN(installation_, store_.InstallationId());
  ASSIGN_OR_RETURN(
      stores_, objects::OpenStores::Open(config_.stores, config_.folder.roots,
                                         environment, clock_));
  progress_port_.Handle("POST", "/progress",
                        [this](const metrics::AdminRequest& request) {
                          return progress_.Take(request);
                        });
  RETURN_IF_ERROR(progress_port_.Start());
  ASSIGN_OR_RETURN(runtime_, OpenPodRuntime({.config = config_,
                                             .installation = installation_,
                                             .environment = environment,
                                             .progress_url = ProgressUrl(),
                                             .metrics = counts_,
                                             .clock = clock_,
                                             .log = log_}));
  leadership_ = MakeLeadership();
  store_set_ = stores_->set();
  sweeper_ = std::make_unique<UploadSweeper>(*store_set_, log_);
  starter_ = std::make_unique<Starter>(
      StarterParts{.store = store_,
                   .pods = runtime_->pods(),
                   .sweeper = *sweeper_,
                   .attempts = attempts_,
                   .leadership = *leadership_,
                   .gate = gate_,
                   .clock = clock_,
                   .log = log_,
                   .rules = [this] { return rules_.Get(); },
                   .installation = installation_});
  publisher_ =
      std::make_unique<Publisher>(store_, *store_set_, clock_, log_, self_);
  logs_ = std::make_unique<LogKeeper>(store_, runtime_->pods(), log_);
  successes_ = std::make_unique<SuccessWriter>(
      SuccessWriterParts{.store = store_,
                         .room = room_,
                         .gate = gate_,
                         .attempts = attempts_,
                         .logs = *logs_,
                         .publishing = publishing_,
                         .metrics = counts_,
                         .clock = clock_,
                         .log = log_});
  reconciler_ = std::make_unique<Reconciler>(PartsOfReconciler());
  return OpenPorts();
}

// Processes need none: GET_LOCK keeps one controller for them.
std::unique_ptr<Leadership> Controller::MakeLeadership() {
  const LeaderElectionConfig& config = config_.leader_election;
  if (runtime_->api() == nullptr || !config.enabled)
    return std::make_unique<SoleLeadership>();
  // Two tries fit between a missed renewal and the end of leadership.
  leases_ = std::make_unique<kube::RestLeaseClient>(
      *runtime_->api(), base::Duration(config.renew_deadline) / 3);
  return std::make_unique<LeaseLeadership>(
      *leases_, clock_, log_,
      kube::LeaderOptions{.lease_name = config.lease_name,
                          .identity = self_,
                          .timing = {.duration = config.lease_duration,
                                     .renew_deadline = config.renew_deadline,
                                     .retry = config.retry_period}});
}

Status Controller::OpenPorts() {
  admin_.AddReadyCheck("pods", [this] { return runtime_->pods().Health(); });
  admin_.AddReadyCheck("leadership", [this] { return leadership_->Health(); });
  RETURN_IF_ERROR(admin_.Start());
  log_.Info("Controller started", {{"version", base::kVersion},
                                   {"name", self_},
                                   {"installation", installation_},
                                   {"adminPort", admin_.port()},
                                   {"progressPort", progress_port_.port()}});
  return Status::Ok();
}

std::string Controller::ProgressUrl() const {
  if (!config_.progress_url.empty()) return config_.progress_url;
  return "http://" + config_.progress.address + ":" +
         std::to_string(progress_port_.port()) + "/progress";
}

ReconcilerParts Controller::PartsOfReconciler() {
  return {.store = store_,
          .pods = runtime_->pods(),
          .starter = *starter_,
          .publisher = *publisher_,
          .room = room_,
          .gate = gate_,
          .health = health_,
          .attempts = attempts_,
          .logs = *logs_,
          .successes = *successes_,
          .queue = queue_,
          .publishing = publishing_,
          .read = read_,
          .begun = begun_,
          .metrics = counts_,
          .clock = clock_,
          .log = log_,
          .self = self_,
          .installation = installation_};
}

ClaimerParts Controller::PartsOfClaimer() {
  return {.store = store_,
          .pods = runtime_->pods(),
          .starter = *starter_,
          .queue = queue_,
          .read = read_,
          .room = room_,
          .gate = gate_,
          .health = health_,
          .metrics = counts_,
          .leadership = *leadership_,
          .clock = clock_,
          .log = log_,
          .queues = config_.queues,
          .max_running = config_.max_running,
          .owner = self_};
}

MaintenanceParts Controller::PartsOfMaintenance() {
  return {.store = store_,
          .pods = runtime_->pods(),
          .sweeper = *sweeper_,
          .logs = *logs_,
          .queue = queue_,
          .metrics = counts_,
          .clock = clock_,
          .log = log_,
          .queues = config_.queues,
          .installation = installation_};
}

PodRetention Controller::Retention() const {
  return {.finished_ttl = config_.kubernetes.finished_pod_ttl,
          .failed_ttl = config_.kubernetes.failed_pod_ttl,
          .max_finished = config_.kubernetes.max_finished_pods};
}

RowRetention Controller::RowsKept() const {
  return {.succeeded = config_.retention.succeeded,
          .failed = config_.retention.failed,
          .cancelled = config_.retention.cancelled};
}

}  // namespace vexaa::controller

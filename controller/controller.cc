#include "controller/controller.h"

#include <unistd.h>

#include <thread>
#include <vector>

#include "controller/audio_jobs/audio_job_sync.h"
#include "controller/pod_observation.h"
#include "lib/base/digest.h"
#include "lib/base/version.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Status;

// Between two looks at the executor lock.
constexpr base::Duration kLockCheck = std::chrono::seconds(5);

// How late a row may say why its pod waits.
constexpr base::Duration kWaitingPodPause = std::chrono::seconds(1);

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
  admin_.AddReadyCheck("pods", [this] {
    if (!runtime_->pods().synced())
      return Status(Code::kUnavailable, "the runner pods are not known yet");
    if (runtime_->pods().stale())
      return Status(Code::kUnavailable, "the view of the pods may be old");
    return Status::Ok();
  });
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

void Controller::Work(std::stop_token stop) {
  while (auto id = queue_.Next(stop)) {
    reconciler_->Reconcile(*id, stop);
    queue_.Done(*id);
  }
}

void Controller::PublishResults(std::stop_token stop) {
  while (auto id = publishing_.Next(stop)) {
    reconciler_->Publish(*id, stop);
    publishing_.Done(*id);
  }
}

void Controller::SyncAudioJobs(std::stop_token stop) {
  kube::ApiClient* api = runtime_->api();
  if (api == nullptr || !config_.kubernetes.audio_jobs) return;
  kube::RestAudioJobClient client(*api, config_.kubernetes.audio_job_selector);
  kube::ObjectClient events(*api, "vexaa-controller", self_);
  AudioJobSync sync({.client = client,
                     .events = events,
                     .store = resources_,
                     .clock = clock_,
                     .log = log_,
                     .installation = installation_,
                     .name_space = api->name_space()});
  sync.Run(stop);
}

// A standby has nobody to take ids from the queue; a term begins with all of
// them. One look does for all that a pod goes through on its way to its node,
// and none is needed for one that was only just made.
void Controller::WatchPods(std::stop_token stop) {
  PodRuntime& pods = runtime_->pods();
  const auto look = [&](const std::string& name) {
    auto attempt = jobs::ParsePodName(name);
    if (!attempt || !leadership_->leading()) return;
    auto pod = pods.Find(name);
    if (!pod || !IsWaiting(*pod)) return queue_.Add(attempt->job);
    if (!IsNew(*pod)) queue_.AddAfter(attempt->job, kWaitingPodPause);
  };
  pods.Run(look, stop);
}

Status Controller::KeepLock(std::stop_token stop) {
  while (lock_ && clock_.Sleep(kLockCheck, stop)) {
    Status kept = lock_->Keep();
    if (kept.code() == Code::kFailedPrecondition) return kept;
    if (!kept.ok())
      log_.Warn("Could not check the executor lock", {{"err", kept}});
  }
  return Status::Ok();
}

void Controller::Lead(std::stop_token stop) {
  attempts_.Clear();  // what ended under another leader is not forgotten else
  read_.Clear();
  begun_.Clear();
  counts_.SetLeading(true);
  std::vector<std::jthread> threads;
  for (int i = 0; i < config_.workers; ++i)
    threads.emplace_back([&] { Work(stop); });
  for (int i = 0; i < config_.publish_concurrency; ++i)
    threads.emplace_back([&] { PublishResults(stop); });
  threads.emplace_back([&] { successes_->Run(stop); });
  threads.emplace_back([&] { logs_->Run(stop); });
  Maintenance maintenance(PartsOfMaintenance(), Retention(), RowsKept());
  threads.emplace_back([&] { maintenance.Run(stop); });
  threads.emplace_back([&] { maintenance.RunPods(stop); });
  threads.emplace_back([&] { maintenance.RunUploads(stop); });
  threads.emplace_back([&] { maintenance.RunCounts(stop); });
  threads.emplace_back([&] { SyncAudioJobs(stop); });
  Claimer claimer(PartsOfClaimer());
  claimer.Run(stop);
  threads.clear();  // joins
  successes_->WriteNext();  // one try; the rest is published once more
  counts_.SetLeading(false);
}

Status Controller::Run(std::stop_token outer) {
  std::stop_source source;
  std::stop_callback link(outer, [&] { source.request_stop(); });
  std::stop_token stop = source.get_token();
  std::vector<std::jthread> threads;
  Status lock = Status::Ok();
  threads.emplace_back([&] {
    lock = KeepLock(stop);
    if (!lock.ok()) source.request_stop();
  });
  threads.emplace_back([&] { WatchPods(stop); });
  leadership_->Run([this](std::stop_token term) { Lead(term); }, stop);
  threads.clear();  // joins
  admin_.Stop();
  progress_port_.Stop();
  return lock;
}

}  // namespace vexaa::controller

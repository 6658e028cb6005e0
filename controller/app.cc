#include "controller/app.h"

#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "controller/attempts.h"
#include "controller/claimer.h"
#include "controller/controller_metrics.h"
#include "controller/maintenance/maintenance.h"
#include "controller/object_stores.h"
#include "controller/plan_rules.h"
#include "controller/pod_runtimes.h"
#include "controller/progress_receiver.h"
#include "controller/publisher.h"
#include "controller/reconciler.h"
#include "controller/starter.h"
#include "controller/upload_sweeper.h"
#include "controller/work_queue.h"
#include "lib/base/digest.h"
#include "lib/base/version.h"
#include "lib/metrics/admin_server.h"
#include "lib/store/executor_lock.h"
#include "lib/store/migrations.h"
#include "lib/store/migrator.h"
#include "lib/store/mysql_job_store.h"
#include "lib/store/sql_pool.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::ExitCode;
using base::Status;

// Between two looks at the executor lock.
constexpr base::Duration kLockCheck = std::chrono::seconds(5);

store::TlsMode TlsModeOf(Tls tls) {
  switch (tls) {
    case Tls::kOff:
      return store::TlsMode::kOff;
    case Tls::kVerifyCa:
      return store::TlsMode::kVerifyCa;
    case Tls::kVerifyFull:
      return store::TlsMode::kVerifyFull;
  }
  return store::TlsMode::kVerifyFull;
}

base::Result<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return Status(Code::kInvalidArgument,
                  "database.passwordFile: cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string secret = text.str();
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r'))
    secret.pop_back();
  return secret;
}

base::Result<store::SqlOptions> SqlOptionsOf(const DatabaseConfig& config) {
  std::string password = config.password;
  if (password.empty() && !config.password_file.empty()) {
    ASSIGN_OR_RETURN(password, ReadSecretFile(config.password_file));
  }
  return store::SqlOptions{.host = config.host,
                           .port = config.port,
                           .socket = config.socket,
                           .user = config.user,
                           .password = password,
                           .database = config.name,
                           .tls = TlsModeOf(config.tls),
                           .ca_file = config.ca_file};
}

// Unique among the controllers of one database, for as long as one lives.
std::string NameSelf() {
  char host[256] = "unknown";
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + "-" + base::RandomHex(4);
}

Status CheckSchema(const store::SqlOptions& options) {
  ASSIGN_OR_RETURN(auto connection, store::SqlConnection::Open(options));
  ASSIGN_OR_RETURN(store::SchemaVersion found,
                   store::ReadSchemaVersion(*connection));
  return store::CheckSchemaVersion(found,
                                   store::EmbeddedMigrations().back().version);
}

ExitCode CodeOf(const Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (status.code() == Code::kUnavailable) return ExitCode::kUnavailable;
  return ExitCode::kConfig;
}

// All parts of a working controller, in the order they depend on each other.
class Controller {
 public:
  Controller(const Config& config, base::Logger& log, base::Clock& clock,
             store::SqlOptions sql, std::stop_token stop)
      : config_(config),
        log_(log),
        clock_(clock),
        self_(NameSelf()),
        sql_(std::move(sql)),
        pool_(sql_, clock, stop),
        store_(pool_),
        counts_(registry_),
        rules_(store_, clock, config),
        queue_(clock),
        progress_(attempts_, store_, log),
        admin_({.address = config.admin.address,
                .port = static_cast<uint16_t>(config.admin.port)},
               registry_),
        progress_port_({.address = config.progress.address,
                        .port = static_cast<uint16_t>(config.progress.port)},
                       no_metrics_) {}

  Status Open(const config::EnvironmentLookup& environment);
  // OK when stopped as asked.
  Status Run(std::stop_token stop);

 private:
  Status OpenPorts();
  std::string ProgressUrl() const;
  ReconcilerParts PartsOfReconciler();
  MaintenanceParts PartsOfMaintenance();
  PodRetention Retention() const;
  void Work(std::stop_token stop);
  // Until stopped, or until the lock is another's.
  Status KeepLock(std::stop_token stop);

  const Config& config_;
  base::Logger& log_;
  base::Clock& clock_;
  const std::string self_;
  std::string installation_;
  const store::SqlOptions sql_;
  std::unique_ptr<store::ExecutorLock> lock_;  // processes only
  store::SqlPool pool_;
  store::MysqlJobStore store_;
  metrics::Registry registry_;
  metrics::Registry no_metrics_;
  ControllerMetrics counts_;
  PlanRulesSource rules_;
  WorkQueue queue_;
  Attempts attempts_;
  ProgressReceiver progress_;
  metrics::AdminServer admin_;
  metrics::AdminServer progress_port_;
  std::unique_ptr<ObjectStores> stores_;
  std::optional<objects::StoreSet> store_set_;
  std::unique_ptr<PodRuntimeOwner> runtime_;
  std::unique_ptr<UploadSweeper> sweeper_;
  std::unique_ptr<Starter> starter_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Reconciler> reconciler_;
};

Status Controller::Open(const config::EnvironmentLookup& environment) {
  if (config_.executor == Executor::kProcess) {
    ASSIGN_OR_RETURN(lock_, store::ExecutorLock::Take(sql_));
  }
  ASSIGN_OR_RETURN(installation_, store_.InstallationId());
  ASSIGN_OR_RETURN(stores_, ObjectStores::Open(config_, environment, clock_));
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
  store_set_ = stores_->set();
  sweeper_ = std::make_unique<UploadSweeper>(*store_set_, log_);
  starter_ = std::make_unique<Starter>(
      store_, runtime_->pods(), *sweeper_, attempts_, clock_, log_,
      [this] { return rules_.Get(); }, installation_);
  publisher_ =
      std::make_unique<Publisher>(store_, *store_set_, clock_, log_, self_);
  reconciler_ = std::make_unique<Reconciler>(PartsOfReconciler());
  return OpenPorts();
}

Status Controller::OpenPorts() {
  admin_.AddReadyCheck("pods", [this] {
    if (!runtime_->pods().synced())
      return Status(Code::kUnavailable, "the runner pods are not known yet");
    if (runtime_->pods().stale())
      return Status(Code::kUnavailable, "the view of the pods may be old");
    return Status::Ok();
  });
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
          .attempts = attempts_,
          .queue = queue_,
          .metrics = counts_,
          .clock = clock_,
          .log = log_,
          .self = self_,
          .installation = installation_};
}

MaintenanceParts Controller::PartsOfMaintenance() {
  return {.store = store_,
          .pods = runtime_->pods(),
          .sweeper = *sweeper_,
          .queue = queue_,
          .metrics = counts_,
          .clock = clock_,
          .log = log_,
          .queues = config_.queues};
}

PodRetention Controller::Retention() const {
  return {.finished_ttl = config_.kubernetes.finished_pod_ttl,
          .failed_ttl = config_.kubernetes.failed_pod_ttl,
          .max_finished = config_.kubernetes.max_finished_pods};
}

void Controller::Work(std::stop_token stop) {
  while (auto id = queue_.Next(stop)) {
    reconciler_->Reconcile(*id, stop);
    queue_.Done(*id);
  }
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
  threads.emplace_back([&] {
    runtime_->pods().Run(
        [this](const std::string& name) {
          if (auto attempt = jobs::ParsePodName(name)) queue_.Add(attempt->job);
        },
        stop);
  });
  for (int i = 0; i < config_.workers; ++i)
    threads.emplace_back([&] { Work(stop); });
  Maintenance maintenance(PartsOfMaintenance(), Retention());
  threads.emplace_back([&] { maintenance.Run(stop); });
  Claimer claimer(store_, runtime_->pods(), queue_, counts_, clock_, log_,
                  config_.queues, self_);
  claimer.Run(stop);
  threads.clear();  // joins
  admin_.Stop();
  progress_port_.Stop();
  return lock;
}

}  // namespace

ExitCode RunController(const Config& config,
                       const config::EnvironmentLookup& environment,
                       base::Logger& log, std::stop_token stop) {
  base::SystemClock clock;
  base::Result<store::SqlOptions> sql = SqlOptionsOf(config.database);
  Status status = sql.ok() ? CheckSchema(*sql) : sql.status();
  if (!status.ok()) {
    log.Error("Could not use the database", {{"err", status}});
    return CodeOf(status);
  }
  Controller controller(config, log, clock, std::move(*sql), stop);
  status = controller.Open(environment);
  if (!status.ok()) {
    log.Error("Could not start", {{"err", status}});
    return CodeOf(status);
  }
  status = controller.Run(stop);
  if (!status.ok()) log.Error("Could not go on", {{"err", status}});
  log.Info("Controller stopped");
  return CodeOf(status);
}

ExitCode RunMigrations(const Config& config, base::Logger& log) {
  base::Result<store::SqlOptions> sql = SqlOptionsOf(config.database);
  if (!sql.ok()) {
    log.Error("Could not use the database", {{"err", sql.status()}});
    return CodeOf(sql.status());
  }
  auto connection = store::SqlConnection::Open(store::ForMigration(*sql));
  if (!connection.ok()) {
    log.Error("Could not connect", {{"err", connection.status()}});
    return CodeOf(connection.status());
  }
  auto report = store::Migrate(**connection, store::EmbeddedMigrations());
  if (!report.ok()) {
    log.Error("Could not migrate", {{"err", report.status()}});
    return CodeOf(report.status());
  }
  log.Info(report->from == report->to ? "Schema was up to date already"
                                      : "Schema migrated",
           {{"from", report->from}, {"to", report->to}});
  return ExitCode::kOk;
}

}  // namespace vexaa::controller

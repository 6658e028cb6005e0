#include "controller/config.h"

namespace vexaa::controller {
namespace {

using config::YamlReader;

void BindDatabase(YamlReader& reader, DatabaseConfig& database) {
  reader.Field("database.host", &database.host, {},
               "host name or address of the MySQL or MariaDB server");
  reader.Field("database.port", &database.port, {.min = 1, .max = 65535},
               "its TCP port");
  reader.Field("database.socket", &database.socket, {},
               "its Unix socket; when set, host and port are not used");
  reader.Field("database.name", &database.name, {.required = true},
               "the schema that holds the jobs");
  reader.Field("database.user", &database.user, {.required = true},
               "the account to log in with");
  reader.Field("database.password", &database.password, {.secret = true},
               "its password; better given by file or environment");
  reader.Field("database.passwordFile", &database.password_file, {},
               "a file that holds its password");
  reader.Choice("database.tls", &database.tls,
                {{"off", Tls::kOff},
                 {"verify-ca", Tls::kVerifyCa},
                 {"verify-full", Tls::kVerifyFull}},
                "whether the connection is encrypted and what of the server's "
                "certificate is checked");
  reader.Field("database.caFile", &database.ca_file, {},
               "PEM file of the authority that signed it");
}

void BindFolder(YamlReader& reader, FolderConfig& folder) {
  reader.Field("folder.roots", &folder.roots, {},
               "absolute folders that file:// may touch; empty: file:// is "
               "refused");
  reader.Field("folder.outputRoot", &folder.output_root, {},
               "folder below which the audio of file:// sources goes by "
               "default");
}

void BindKubernetes(YamlReader& reader, KubernetesConfig& kubernetes) {
  reader.Field("kubernetes.kubeconfig", &kubernetes.kubeconfig, {},
               "kubeconfig file; empty: the pod's own service account");
  reader.Field("kubernetes.namespace", &kubernetes.name_space, {},
               "namespace of the runner pods; empty: that of the account");
  reader.Field("kubernetes.ownerConfigMap", &kubernetes.owner_config_map, {},
               "ConfigMap that owns the runner pods; empty: no owner");
  reader.Field("kubernetes.instance", &kubernetes.instance, {},
               "value of app.kubernetes.io/instance on runner pods");
  reader.Field("kubernetes.audioJobs", &kubernetes.audio_jobs, {},
               "whether AudioJobs of the namespace become jobs, where that "
               "resource is installed");
  reader.Field("kubernetes.audioJobSelector", &kubernetes.audio_job_selector,
               {},
               "label selector: only these AudioJobs; empty: all. Two "
               "installations in one namespace need selectors that exclude "
               "each other");
  reader.Field("kubernetes.runnerImage", &kubernetes.runner_image,
               {.required = true}, "image of the runner");
  reader.Field("kubernetes.imagePullPolicy", &kubernetes.image_pull_policy,
               {.one_of = {"IfNotPresent", "Always", "Never"}},
               "when the image is pulled");
  reader.Field("kubernetes.runnerServiceAccount",
               &kubernetes.runner_service_account, {},
               "service account of runner pods; it needs no rights");
  BindPodTemplate(reader, "kubernetes.", {}, kubernetes.pod);
  reader.Field("kubernetes.finishedPodTTL", &kubernetes.finished_pod_ttl, {},
               "how long pods that succeeded are kept");
  reader.Field("kubernetes.failedPodTTL", &kubernetes.failed_pod_ttl, {},
               "how long other finished pods are kept");
  reader.Field("kubernetes.maxFinishedPods", &kubernetes.max_finished_pods,
               {.min = 0, .max = 100000, .unit = "pods"},
               "finished pods kept at the most");
}

void BindLeaderElection(YamlReader& reader, LeaderElectionConfig& election) {
  using std::chrono::seconds;
  reader.Field("leaderElection.enabled", &election.enabled, {},
               "whether one of several controllers works while the others "
               "stand by; pods only");
  reader.Field("leaderElection.leaseName", &election.lease_name,
               {.required = true},
               "the Lease that says who works, in the namespace of the runner "
               "pods; one for each set of queues");
  reader.Field("leaderElection.leaseDuration", &election.lease_duration,
               {.min = seconds(3), .max = seconds(3600)},
               "how long a standby waits for a leader that fell silent");
  reader.Field("leaderElection.renewDeadline", &election.renew_deadline,
               {.min = seconds(2), .max = seconds(3600)},
               "when a leader that cannot renew the Lease stops working");
  reader.Field("leaderElection.retryPeriod", &election.retry_period,
               {.min = seconds(1), .max = seconds(3600)},
               "how often the leader renews the Lease");
}

void BindRetention(YamlReader& reader, RetentionConfig& retention) {
  reader.Field("retention.succeeded", &retention.succeeded, {},
               "how long rows of jobs that succeeded are kept, with their "
               "attempts and logs; 0s: for ever");
  reader.Field("retention.failed", &retention.failed, {},
               "the same for jobs that failed");
  reader.Field("retention.cancelled", &retention.cancelled, {},
               "the same for jobs that were cancelled");
}

void BindRest(YamlReader& reader, Config& config) {
  reader.Choice(
      "executor", &config.executor,
      {{"kubernetes", Executor::kKubernetes}, {"process", Executor::kProcess}},
      "where runners run: pods, or processes of this machine");
  reader.Field("queues", &config.queues, {.required = true},
               "queues this controller serves");
  reader.Field("workers", &config.workers,
               {.min = 1, .max = 64, .unit = "threads"},
               "jobs that are reconciled at a time");
  reader.Field("publishConcurrency", &config.publish_concurrency,
               {.min = 1, .max = 64, .unit = "threads"},
               "jobs whose results are published at a time");
  reader.Field("maxRunning", &config.max_running,
               {.min = 0, .max = 1000000, .unit = "jobs"},
               "jobs in work at a time over all its queues; 0: no limit but "
               "the queues' own");
  reader.Field("process.directory", &config.process.directory, {},
               "folder for the state of runner processes");
  reader.Field("process.runner", &config.process.runner, {},
               "the runner program");
  reader.Field("progress.address", &config.progress.address, {},
               "address where runners report their progress");
  reader.Field("progress.port", &config.progress.port, {.min = 0, .max = 65535},
               "its TCP port; 0: any free one");
  reader.Field("progress.url", &config.progress_url, {},
               "URL of it as runners reach it; empty: address and port");
  reader.Field("admin.address", &config.admin.address, {},
               "address of /metrics, /livez and /readyz");
  reader.Field("admin.port", &config.admin.port, {.min = 0, .max = 65535},
               "its TCP port; 0: any free one");
  reader.Choice(
      "log.format", &config.log_format,
      {{"json", base::LogFormat::kJson}, {"text", base::LogFormat::kText}},
      "log lines for machines or for people");
  reader.Choice("log.level", &config.log_level,
                {{"debug", base::LogLevel::kDebug},
                 {"info", base::LogLevel::kInfo},
                 {"warn", base::LogLevel::kWarn},
                 {"error", base::LogLevel::kError}},
                "the least level that is logged");
}

void Bind(YamlReader& reader, Config& config) {
  BindRest(reader, config);
  BindDatabase(reader, config.database);
  objects::BindStores(reader, &config.stores);
  BindFolder(reader, config.folder);
  BindRetention(reader, config.retention);
  BindKubernetes(reader, config.kubernetes);
  BindQueuePods(reader, config.queues, config.kubernetes.pod,
                config.kubernetes.queue_pods);
  BindLeaderElection(reader, config.leader_election);
}

void CheckElection(YamlReader& reader, const LeaderElectionConfig& election) {
  if (election.lease_duration <= election.renew_deadline)
    reader.AddError("leaderElection.leaseDuration",
                    "must be longer than renewDeadline, or two may lead",
                    "leaderElection.renewDeadline");
  if (election.renew_deadline * 5 <= election.retry_period * 6)
    reader.AddError("leaderElection.renewDeadline",
                    "must be longer than 1.2 times retryPeriod",
                    "leaderElection.retryPeriod");
}

// What a file of the controller's is to runners, a Secret or ConfigMap must be.
void CheckStoresOfPods(YamlReader& reader,
                       const std::vector<objects::StoreConfig>& stores) {
  for (size_t i = 0; i < stores.size(); ++i) {
    const objects::StoreConfig& store = stores[i];
    const std::string at = "stores[" + std::to_string(i) + "].";
    bool has_roles = store.provider == objects::Provider::kAws;
    if (store.runner_secret.empty() && !has_roles)
      reader.AddError(at + "runnerSecret",
                      "is needed: runner pods must have keys too");
    if (store.runner_ca_config_map.empty() && !store.ca_file.empty())
      reader.AddError(at + "runnerCaConfigMap",
                      "is needed beside caFile: runner pods must have it too");
  }
}

void CheckMemory(YamlReader& reader, const KubernetesConfig& kubernetes) {
  if (kubernetes.pod.max_memory < kubernetes.pod.memory_limit)
    reader.AddError("kubernetes.maxMemory", "must not be under memoryLimit",
                    "kubernetes.memoryLimit");
  for (const auto& [queue, own] : kubernetes.queue_pods) {
    PodTemplate pod = Merge(kubernetes.pod, own);
    if (pod.max_memory < pod.memory_limit)
      reader.AddError("kubernetes.queues",
                      "maxMemory of " + queue + " is under its memoryLimit");
  }
}

void CheckTogether(YamlReader& reader, const Config& config) {
  if (config.executor == Executor::kProcess && config.process.directory.empty())
    reader.AddError("process.directory", "is needed with executor: process",
                    "executor");
  CheckElection(reader, config.leader_election);
  CheckMemory(reader, config.kubernetes);
  if (config.stores.empty() && config.folder.roots.empty())
    reader.AddError(
        "stores", "or folder.roots is needed: without one no job can be read");
  if (config.executor == Executor::kKubernetes)
    CheckStoresOfPods(reader, config.stores);
  if (config.database.tls != Tls::kOff && config.database.ca_file.empty())
    reader.AddError("database.caFile", "is needed to check the server",
                    "database.tls");
  for (const std::string& root : config.folder.roots)
    if (!root.starts_with('/'))
      reader.AddError("folder.roots", "must be absolute paths");
}

}  // namespace

base::Result<Config> LoadConfig(const config::ConfigSources& sources) {
  Config config;
  YamlReader reader(sources);
  Bind(reader, config);
  CheckTogether(reader, config);
  RETURN_IF_ERROR(reader.Finish());
  return config;
}

std::vector<config::FieldDoc> ConfigFields() {
  Config config;
  YamlReader reader({.file_name = "", .text = ""});
  Bind(reader, config);
  return reader.fields();
}

}  // namespace vexaa::controller

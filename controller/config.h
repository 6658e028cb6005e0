// The controller's configuration: one YAML file, overridden by VEXAA_*
// variables. docs/operations.md has the table of all keys.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "controller/pod_template.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/config/yaml_reader.h"
#include "lib/objects/store_config.h"

namespace vexaa::controller {

enum class Executor { kKubernetes, kProcess };
enum class Tls { kOff, kVerifyCa, kVerifyFull };

struct DatabaseConfig {
  std::string host = "127.0.0.1";
  int port = 3306;
  std::string socket;
  std::string name = "vexaa";
  std::string user = "vexaa";
  std::string password;
  std::string password_file;
  Tls tls = Tls::kOff;
  std::string ca_file;
};

struct FolderConfig {
  std::vector<std::string> roots;
  std::string output_root;
};

struct KubernetesConfig {
  std::string kubeconfig;
  std::string name_space;
  std::string owner_config_map;
  std::string instance = "vexaa";
  bool audio_jobs = true;
  std::string audio_job_selector;
  std::string runner_image = "vexaa/runner:dev";
  std::string image_pull_policy = "IfNotPresent";
  std::string runner_service_account = "vexaa-runner";
  PodTemplate pod = DefaultPod();
  std::map<std::string, PodTemplate> queue_pods;  // by queue, over `pod`
  std::chrono::seconds finished_pod_ttl{600};
  std::chrono::seconds failed_pod_ttl{3600};
  int max_finished_pods = 200;
};

struct ProcessConfig {
  std::string directory;
  std::string runner = "vexaa-runner";
};

// Kubernetes only. duration > renew_deadline > 1.2 x retry_period.
struct LeaderElectionConfig {
  bool enabled = true;
  std::string lease_name = "vexaa-controller";
  std::chrono::seconds lease_duration{15};
  std::chrono::seconds renew_deadline{10};
  std::chrono::seconds retry_period{2};
};

// How long finished jobs stay in the database; 0: for ever.
struct RetentionConfig {
  std::chrono::seconds succeeded{30 * 86400};
  std::chrono::seconds failed{90 * 86400};
  std::chrono::seconds cancelled{30 * 86400};
};

struct ListenConfig {
  std::string address;
  int port = 0;
};

struct Config {
  Executor executor = Executor::kKubernetes;
  std::vector<std::string> queues = {"default"};
  int workers = 16;
  int max_running = 0;
  int publish_concurrency = 8;
  DatabaseConfig database;
  std::vector<objects::StoreConfig> stores;
  FolderConfig folder;
  KubernetesConfig kubernetes;
  LeaderElectionConfig leader_election;
  ProcessConfig process;
  RetentionConfig retention;
  ListenConfig progress{.address = "127.0.0.1", .port = 0};
  std::string progress_url;
  ListenConfig admin{.address = "127.0.0.1", .port = 0};
  base::LogFormat log_format = base::LogFormat::kJson;
  base::LogLevel log_level = base::LogLevel::kInfo;
};

// kInvalidArgument (detail InvalidConfig): one sentence a line for all that is
// wrong, with file and line.
base::Result<Config> LoadConfig(const config::ConfigSources& sources);
// Every key with its default, unit and meaning.
std::vector<config::FieldDoc> ConfigFields();

}  // namespace vexaa::controller

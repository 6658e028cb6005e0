// The threads of a controller, and who runs when.
#include <thread>
#include <vector>

#include "controller/audio_jobs/audio_job_sync.h"
#include "controller/controller.h"
#include "controller/pod_observation.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Status;

// Between two looks at the executor lock.
constexpr base::Duration kLockCheck = std::chrono::seconds(5);

// How late a row may say why its pod waits.
constexpr base::Duration kWaitingPodPause = std::chrono::seconds(1);

}  // namespace

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
  threads.clear();          // joins
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

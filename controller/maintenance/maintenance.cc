#include "controller/maintenance/maintenance.h"

#include <array>
#include <set>

#include "controller/maintenance/pod_retention.h"
#include "controller/pod_observation.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::Status;

// Rows one statement may move or read: keeps its locks and memory small.
constexpr int kBatch = 100;

struct Duty {
  const char* name;
  base::Duration pace;
  Status (Maintenance::*run)(std::stop_token);
};

constexpr std::array kDuties = {
    Duty{"move rows", 500ms, &Maintenance::MoveRows},
    Duty{"clean uploads", 1s, &Maintenance::CleanUploads},
    Duty{"clean pods", 5s, &Maintenance::CleanPods},
    Duty{"read counts", 5s, &Maintenance::ReadCounts},
    // Cheap as a read of live rows is, it runs more often than the ten minutes
    // after which a lost event may at the latest be noticed.
    Duty{"cross-check", 60s, &Maintenance::CrossCheck},
};

}  // namespace

void Maintenance::Run(std::stop_token stop) {
  std::array<base::Duration, kDuties.size()> next{};
  while (!stop.stop_requested()) {
    for (size_t i = 0; i < kDuties.size(); ++i) {
      if (parts_.clock.Elapsed() < next[i]) continue;
      next[i] = parts_.clock.Elapsed() + kDuties[i].pace;
      Status status = (this->*kDuties[i].run)(stop);
      if (!status.ok() && !stop.stop_requested())
        parts_.log.Warn("Could not do housekeeping",
                        {{"duty", kDuties[i].name}, {"err", status}});
    }
    parts_.clock.Sleep(100ms, stop);
  }
}

Status Maintenance::MoveRows(std::stop_token) {
  ASSIGN_OR_RETURN([[maybe_unused]] int promoted,
                   parts_.store.PromoteDue(kBatch));
  ASSIGN_OR_RETURN(int cancelled, parts_.store.CancelWaiting(kBatch));
  for (int i = 0; i < cancelled; ++i)
    parts_.metrics.CountFinished(jobs::JobState::kCancelled,
                                 jobs::Reason::kCancelled);
  ASSIGN_OR_RETURN(std::vector<jobs::JobId> unwanted,
                   parts_.store.ReadCancelWanted(parts_.queues));
  for (jobs::JobId id : unwanted) parts_.queue.Add(id);
  return Status::Ok();
}

Status Maintenance::CrossCheck(std::stop_token) {
  ASSIGN_OR_RETURN(std::vector<jobs::Job> live,
                   parts_.store.ReadLive(parts_.queues));
  for (const jobs::Job& job : live) parts_.queue.Add(job.id);
  return Status::Ok();
}

Status Maintenance::CleanUploads(std::stop_token stop) {
  Status first;  // one that cannot be cleaned now must not hold up the rest
  ASSIGN_OR_RETURN(std::vector<store::StaleUpload> stale,
                   parts_.store.DueStaleUploads(kBatch));
  for (const store::StaleUpload& upload : stale) {
    Status status = AbortStale(upload, stop);
    if (first.ok()) first = status;
  }
  ASSIGN_OR_RETURN(std::vector<jobs::JobId> due,
                   parts_.store.DueSweeps(parts_.queues, kBatch));
  for (jobs::JobId id : due) {
    Status status = SweepJob(id, stop);
    if (first.ok()) first = status;
  }
  return first;
}

Status Maintenance::AbortStale(const store::StaleUpload& upload,
                               std::stop_token stop) {
  Status aborted = parts_.sweeper.Abort(upload.uri, upload.upload_id, stop);
  if (aborted.code() == base::Code::kInvalidArgument) {
    parts_.log.Warn("Left-over upload given up: its place is not served here",
                    {{"output", upload.uri}, {"err", aborted}});
    return parts_.store.ForgetStaleUpload(upload.id);
  }
  RETURN_IF_ERROR(aborted);
  return parts_.store.ForgetStaleUpload(upload.id);
}

// A runner that still works could open an upload after the sweep: its pod has
// to be over first.
Status Maintenance::SweepJob(jobs::JobId id, std::stop_token stop) {
  ASSIGN_OR_RETURN(jobs::Job job, parts_.store.Read(id));
  if (jobs::IsLive(job.state) || !parts_.pods.synced()) return Status::Ok();
  auto pod = parts_.pods.Find(jobs::PodNameFor(job.attempt_id()));
  if (pod && !IsOver(*pod, parts_.clock.Now())) return Status::Ok();
  ASSIGN_OR_RETURN(std::vector<store::JobOutput> outputs,
                   parts_.store.ReadOutputs(id));
  ASSIGN_OR_RETURN(std::vector<std::string> waiting,
                   parts_.store.ProtectedUploads(id));
  std::set<std::string> keep(waiting.begin(), waiting.end());
  for (const store::JobOutput& output : outputs)
    if (output.published) keep.insert(output.upload_id);
  RETURN_IF_ERROR(parts_.sweeper.Sweep(
      outputs, job.first_claimed_at.value_or(job.created_at), keep, stop));
  ASSIGN_OR_RETURN([[maybe_unused]] bool done, parts_.store.FinishSweep(id));
  return Status::Ok();
}

Status Maintenance::CleanPods(std::stop_token) {
  if (!parts_.pods.synced()) return Status::Ok();
  std::vector<kube::Pod> pods = parts_.pods.All();
  ASSIGN_OR_RETURN(std::vector<jobs::Job> jobs, parts_.store.ReadLive({}));
  std::set<jobs::AttemptId> live;
  for (const jobs::Job& job : jobs) live.insert(job.attempt_id());
  for (const kube::Pod& pod :
       PodsToDelete(pods, live, retention_, parts_.clock.Now())) {
    if (!IsOver(pod, parts_.clock.Now()))
      parts_.log.Info("Pod of an attempt that is over deleted",
                      {{"pod", pod.name}});
    RETURN_IF_ERROR(parts_.pods.Delete(pod.name, pod.uid));
  }
  return Status::Ok();
}

Status Maintenance::ReadCounts(std::stop_token) {
  ASSIGN_OR_RETURN(auto counts, parts_.store.CountJobs(parts_.queues));
  parts_.metrics.SetJobCounts(counts);
  return Status::Ok();
}

}  // namespace vexaa::controller

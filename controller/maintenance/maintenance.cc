#include "controller/maintenance/maintenance.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "controller/pod_observation.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::Status;

// Rows one statement may move or read: keeps its locks and memory small.
constexpr int kBatch = 100;

// A purge locks this many rows at a time, and deletes at most 2,000 in 5 s.
constexpr int kPurgeBatch = 200;
constexpr int kPurgeBatches = 10;
// See PauseAfterCount.
constexpr base::Duration kCountPause = 5s;
constexpr int kCountShare = 49;
// After so many failures storage is not asked again in the same round.
constexpr int kFailuresARound = 5;

// One that cannot be cleaned now must not hold up the rest. The first error.
template <typename Items, typename Clean>
Status ForEachDue(const Items& due, const std::stop_token& stop, Clean clean) {
  Status first;
  int failures = 0;
  for (const auto& item : due) {
    if (stop.stop_requested() || failures == kFailuresARound) break;
    Status status = clean(item);
    if (status.ok()) continue;
    ++failures;
    if (first.ok()) first = std::move(status);
  }
  return first;
}

}  // namespace

Maintenance::Maintenance(MaintenanceParts parts, PodRetention retention,
                         RowRetention rows)
    : parts_(std::move(parts)),
      rows_(rows),
      cleaner_({.store = parts_.store,
                .pods = parts_.pods,
                .logs = parts_.logs,
                .clock = parts_.clock,
                .log = parts_.log,
                .installation = parts_.installation},
               retention) {}

void Maintenance::Run(std::stop_token stop) {
  static constexpr std::array kDuties = {
      Duty{"move rows", 500ms, &Maintenance::MoveRows},
      Duty{"look after queues", 5s, &Maintenance::LookAfterQueues},
      Duty{"purge rows", 5s, &Maintenance::PurgeRows},
      // Cheap as a read of live rows is, it runs more often than the ten
      // minutes after which a lost event may at the latest be noticed.
      Duty{"cross-check", 60s, &Maintenance::CrossCheck},
  };
  RunDuties(kDuties, std::move(stop));
}

void Maintenance::RunPods(std::stop_token stop) {
  static constexpr std::array kDuties = {
      Duty{"clean pods", 5s, &Maintenance::CleanPods}};
  RunDuties(kDuties, std::move(stop));
}

void Maintenance::RunUploads(std::stop_token stop) {
  static constexpr std::array kDuties = {
      Duty{"clean uploads", 1s, &Maintenance::CleanUploads}};
  RunDuties(kDuties, std::move(stop));
}

base::Duration PauseAfterCount(base::Duration cost) {
  return std::max<base::Duration>(kCountPause, cost * kCountShare);
}

void Maintenance::RunCounts(std::stop_token stop) {
  base::Duration pause{};
  do {
    base::Duration begin = parts_.clock.Elapsed();
    Status status = ReadCounts(stop);
    if (!status.ok() && !stop.stop_requested())
      parts_.log.Warn("Could not count jobs", {{"err", status}});
    pause = PauseAfterCount(parts_.clock.Elapsed() - begin);
  } while (parts_.clock.Sleep(pause, stop));
}

void Maintenance::RunDuties(std::span<const Duty> duties,
                            std::stop_token stop) {
  std::vector<base::Duration> next(duties.size());
  while (!stop.stop_requested()) {
    for (size_t i = 0; i < duties.size(); ++i) {
      if (parts_.clock.Elapsed() < next[i]) continue;
      next[i] = parts_.clock.Elapsed() + duties[i].pace;
      Status status = (this->*duties[i].run)(stop);
      if (!status.ok() && !stop.stop_requested())
        parts_.log.Warn("Could not do housekeeping",
                        {{"duty", duties[i].name}, {"err", status}});
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

// Rows wait for their sweep; what else is left over only costs room. Each has
// failures of its own to bear: storage that is away in one stops not the other.
Status Maintenance::CleanUploads(std::stop_token stop) {
  Status swept = SweepDue(stop);
  Status aborted = AbortDue(stop);
  return swept.ok() ? aborted : swept;
}

Status Maintenance::SweepDue(std::stop_token stop) {
  ASSIGN_OR_RETURN(std::vector<jobs::JobId> due,
                   parts_.store.DueSweeps(parts_.queues, kBatch));
  return ForEachDue(due, stop,
                    [&](jobs::JobId id) { return SweepJob(id, stop); });
}

Status Maintenance::AbortDue(std::stop_token stop) {
  ASSIGN_OR_RETURN(std::vector<store::StaleUpload> due,
                   parts_.store.DueStaleUploads(kBatch));
  return ForEachDue(due, stop, [&](const store::StaleUpload& upload) {
    return AbortStale(upload, stop);
  });
}

Status Maintenance::AbortStale(const store::StaleUpload& upload,
                               std::stop_token stop) {
  Status aborted = parts_.sweeper.Abort(upload.uri, upload.upload_id, stop);
  if (aborted.code() == base::Code::kInvalidArgument) {
    parts_.log.Warn("Left-over upload given up: its place is not served here",
                    {{"output", upload.uri}, {"err", aborted}});
    return parts_.store.ForgetStaleUpload(upload.id);
  }
  if (aborted.ok()) return parts_.store.ForgetStaleUpload(upload.id);
  RETURN_IF_ERROR(parts_.store.DelayStaleUpload(upload.id));
  return aborted;
}

// A runner that still works could open an upload after the sweep: its pod has
// to be over first.
Status Maintenance::SweepJob(jobs::JobId id, std::stop_token stop) {
  ASSIGN_OR_RETURN(jobs::Job job, parts_.store.Read(id));
  if (jobs::IsLive(job.state) || !parts_.pods.synced()) return Status::Ok();
  auto pod = parts_.pods.Find(jobs::PodNameFor(job.attempt_id()));
  if (pod && !IsOver(*pod, parts_.clock.Now()))
    return parts_.store.DelaySweep(id);
  Status swept = SweepUploads(job, stop);
  if (swept.code() == base::Code::kInvalidArgument) {
    parts_.log.Warn("Sweep given up: its place is not served here",
                    {{"jobId", id.value()}, {"err", swept}});
  } else if (!swept.ok()) {
    RETURN_IF_ERROR(parts_.store.DelaySweep(id));
    return swept;
  }
  return parts_.store.FinishSweep(id).status();
}

Status Maintenance::SweepUploads(const jobs::Job& job, std::stop_token stop) {
  ASSIGN_OR_RETURN(std::vector<store::JobOutput> outputs,
                   parts_.store.ReadOutputs(job.id));
  ASSIGN_OR_RETURN(std::vector<std::string> waiting,
                   parts_.store.ProtectedUploads(job.id));
  std::set<std::string> keep(waiting.begin(), waiting.end());
  for (const store::JobOutput& output : outputs)
    if (output.published) keep.insert(output.upload_id);
  return parts_.sweeper.Sweep(
      outputs, job.first_claimed_at.value_or(job.created_at), keep, stop);
}

Status Maintenance::LookAfterQueues(std::stop_token) {
  RETURN_IF_ERROR(parts_.store.AdvanceDrains(parts_.queues));
  ASSIGN_OR_RETURN(int failed, parts_.store.FailUnknownQueues(kBatch));
  for (int i = 0; i < failed; ++i)
    parts_.metrics.CountFinished(jobs::JobState::kFailed,
                                 jobs::Reason::kInvalidJob);
  return Status::Ok();
}

Status Maintenance::PurgeRows(std::stop_token stop) {
  RETURN_IF_ERROR(
      PurgeState(jobs::JobState::kSucceeded, rows_.succeeded, stop));
  RETURN_IF_ERROR(PurgeState(jobs::JobState::kFailed, rows_.failed, stop));
  return PurgeState(jobs::JobState::kCancelled, rows_.cancelled, stop);
}

Status Maintenance::PurgeState(jobs::JobState state, std::chrono::seconds age,
                               std::stop_token stop) {
  if (age == 0s) return Status::Ok();
  int total = 0, purged = kPurgeBatch;
  for (int i = 0; i < kPurgeBatches && purged == kPurgeBatch; ++i) {
    if (stop.stop_requested()) break;
    ASSIGN_OR_RETURN(purged,
                     parts_.store.PurgeFinished(state, age, kPurgeBatch));
    total += purged;
  }
  if (total > 0)
    parts_.log.Info("Finished jobs purged",
                    {{"state", jobs::JobStateName(state)}, {"jobs", total}});
  return Status::Ok();
}

Status Maintenance::CleanPods(std::stop_token stop) {
  return cleaner_.Clean(std::move(stop));
}

Status Maintenance::ReadCounts(std::stop_token) {
  ASSIGN_OR_RETURN(auto counts, parts_.store.CountJobs(parts_.queues));
  parts_.metrics.SetJobCounts(counts);
  return Status::Ok();
}

}  // namespace vexaa::controller

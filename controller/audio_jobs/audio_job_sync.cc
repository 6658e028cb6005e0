#include "controller/audio_jobs/audio_job_sync.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "controller/audio_jobs/audio_job_spec.h"
#include "controller/audio_jobs/audio_job_status.h"
#include "lib/jobs/reason.h"
#include "lib/kube/reflector.h"

namespace vexaa::controller {

using base::Code;
using base::Status;
using kube::AudioJob;

namespace {

// Between two looks at what has changed.
constexpr base::Duration kPace = std::chrono::milliseconds(200);
// Between two comparisons of all rows with all resources.
constexpr base::Duration kCheckEvery = std::chrono::minutes(10);
// Between two looks whether the resource is installed.
constexpr base::Duration kInstallCheck = std::chrono::seconds(30);

bool WasRefused(const AudioJob& job) {
  return job.status.job_id == 0 && IsFinished(job.status) &&
         job.status.observed_generation == job.generation;
}

}  // namespace

base::Result<kube::ListWatch::Listed> AudioJobSync::List(std::stop_token stop) {
  auto first = std::exchange(first_list_, std::nullopt);
  base::Result<kube::AudioJobList> list =
      first ? std::move(*first) : parts_.client.List(stop);
  if (!list.ok()) return list.status();
  auto shared = std::make_shared<kube::AudioJobList>(std::move(*list));
  return Listed{shared->resource_version, shared->jobs.size(),
                [this, shared] { view_.Replace(std::move(shared->jobs)); }};
}

Status AudioJobSync::Watch(const std::string& resource_version,
                           std::chrono::seconds timeout,
                           const OnEvent& on_event, std::stop_token stop) {
  return parts_.client.Watch(
      resource_version, timeout,
      [&](kube::AudioJobEvent event) {
        Event seen{event.job.resource_version,
                   event.type == kube::AudioJobEvent::Type::kBookmark,
                   [&] { view_.Apply(std::move(event)); }};
        return on_event(seen);
      },
      stop);
}

bool AudioJobSync::WaitUntilInstalled(std::stop_token stop) {
  for (bool told = false; !stop.stop_requested();) {
    auto list = parts_.client.List(stop);
    if (list.ok()) {
      first_list_ = std::move(*list);
      return true;
    }
    bool missing = list.status().code() == Code::kNotFound;
    if (!std::exchange(told, true) && !stop.stop_requested()) {
      if (missing)
        parts_.log.Info("AudioJob is not installed here, SQL works without");
      else
        parts_.log.Warn("Could not list AudioJobs", {{"err", list.status()}});
    }
    parts_.clock.Sleep(kInstallCheck, stop);
  }
  return false;
}

void AudioJobSync::Run(std::stop_token stop) {
  if (!WaitUntilInstalled(stop)) return;
  kube::Reflector reflector(*this, parts_.clock, parts_.log);
  std::jthread thread([&] { reflector.Run(stop); });
  while (parts_.clock.Sleep(kPace, stop)) Step(stop);
}

void AudioJobSync::Step(std::stop_token stop) {
  const base::Duration now = parts_.clock.Elapsed();
  if (steps_.paused() || !view_.listed()) return;
  HandleChanged(stop);
  CancelGone(stop);
  const bool check = !checked_ || now - checked_at_ >= kCheckEvery;
  if (check) {
    CrossCheck(stop);
    checked_ = true;
    checked_at_ = now;
  }
  mirror_.LookWhenDue(check, stop);
}

void AudioJobSync::CancelGone(std::stop_token stop) {
  for (const auto& [uid, name] : view_.TakeGone()) {
    if (steps_.paused())
      view_.GoneAgain(uid, name);
    else
      CancelIfDeleted(uid, name, stop);
  }
}

// Whoever changes a label, or the selector, wants no running job to end.
void AudioJobSync::CancelIfDeleted(const std::string& uid,
                                   const std::string& name,
                                   std::stop_token stop) {
  auto deleted = parts_.client.IsDeleted(name, uid, stop);
  if (!deleted.ok()) {
    steps_.Pause("Could not see whether an AudioJob is deleted",
                 deleted.status());
    return view_.GoneAgain(uid, name);
  }
  if (*deleted) return steps_.Cancel(uid, name);
  parts_.log.Info("An AudioJob left the selector, its job goes on",
                  {{"name", name}});
}

void AudioJobSync::HandleChanged(std::stop_token stop) {
  for (const AudioJob& job : view_.TakeChanged()) {
    if (stop.stop_requested()) return;
    if (steps_.paused())
      view_.ChangedAgain(job.name);
    else
      Handle(job, stop);
  }
}

void AudioJobSync::Handle(const AudioJob& job, std::stop_token stop) {
  if (job.deleting) return steps_.Cancel(job.uid, job.name);
  if (job.status.installation.empty()) {
    // Whose it is, is decided by the API server: one version, one winner. Its
    // event brings the resource back here.
    Status taken = parts_.client.WriteStatus(
        job, TakenStatus(job, parts_.installation), true, stop);
    if (!taken.ok() && taken.code() != Code::kNotFound &&
        taken.code() != Code::kAborted) {
      steps_.Pause("Could not take an AudioJob", taken);
      view_.ChangedAgain(job.name);
    }
    return;
  }
  if (!steps_.IsOurs(job)) return;
  if (job.status.job_id == 0) {
    if (!WasRefused(job)) Submit(job, stop);
  } else if (job.status.observed_generation != job.generation) {
    Respecify(job, stop);
  }
}

void AudioJobSync::Submit(const AudioJob& job, std::stop_token stop) {
  base::Time now = parts_.clock.Now();
  auto row = RowOf(job, parts_.name_space);
  Status refused = row.status();
  if (row.ok()) {
    auto id = parts_.store.Submit(*row);
    if (id.ok()) return mirror_.Show({job}, stop);
    refused = id.status();
  }
  if (jobs::ReasonOf(refused) == jobs::Reason::kInvalidJob) {
    steps_.Show(job, RefusedStatus(job, refused.message(), now), stop);
    return;
  }
  steps_.Pause("Could not make the row of an AudioJob", refused);
  view_.ChangedAgain(job.name);
}

void AudioJobSync::Respecify(const AudioJob& job, std::stop_token stop) {
  Status status;
  auto row = RowOf(job, parts_.name_space);
  if (row.ok()) status = parts_.store.SetPriority(job.uid, row->priority);
  if (!status.ok()) {
    steps_.Pause("Could not change a job's priority", status);
    return view_.ChangedAgain(job.name);
  }
  steps_.Show(job, RespecifiedStatus(job, parts_.clock.Now()), stop);
}

// Rows first: a resource that is made meanwhile has no row in this list. The
// view, just filled by a list, is enough for the first time if nothing misses.
void AudioJobSync::CrossCheck(std::stop_token stop) {
  auto wanted = parts_.store.Wanted(parts_.name_space);
  auto in_view = [&](const store::ResourceName& job) {
    return view_.Has(job.cr_name, job.cr_uid);
  };
  if (!checked_ && wanted.ok() && std::ranges::all_of(*wanted, in_view)) return;
  auto list = parts_.client.List(stop);
  if (!wanted.ok() || !list.ok()) {
    return steps_.Pause("Could not compare AudioJobs with their rows",
                        wanted.ok() ? list.status() : wanted.status());
  }
  std::set<std::string> uids;
  for (const AudioJob& job : list->jobs)
    if (!job.deleting) uids.insert(job.uid);
  for (const store::ResourceName& job : *wanted)
    if (!uids.contains(job.cr_uid)) view_.GoneAgain(job.cr_uid, job.cr_name);
  CancelGone(stop);
}

}  // namespace vexaa::controller

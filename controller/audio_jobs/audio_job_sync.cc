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
// Between two looks at the rows of jobs that go on.
constexpr base::Duration kMirrorEvery = std::chrono::seconds(2);
// Between two comparisons of all rows with all resources.
constexpr base::Duration kCheckEvery = std::chrono::minutes(10);
// Between two looks whether the resource is installed.
constexpr base::Duration kInstallCheck = std::chrono::seconds(30);
// After a failure: the database or the API server is not well.
constexpr base::Duration kPauseAfterFailure = std::chrono::seconds(5);
constexpr size_t kRowsAtOnce = 100;

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
                [this, shared] { Replace(std::move(shared->jobs)); }};
}

Status AudioJobSync::Watch(const std::string& resource_version,
                           std::chrono::seconds timeout,
                           const OnEvent& on_event, std::stop_token stop) {
  return parts_.client.Watch(
      resource_version, timeout,
      [&](kube::AudioJobEvent event) {
        Event seen{event.job.resource_version,
                   event.type == kube::AudioJobEvent::Type::kBookmark,
                   [&] { Apply(std::move(event)); }};
        return on_event(seen);
      },
      stop);
}

void AudioJobSync::Replace(std::vector<AudioJob> jobs) {
  std::lock_guard lock(mutex_);
  std::set<std::string> uids;
  for (const AudioJob& job : jobs) uids.insert(job.uid);
  for (const auto& [name, job] : jobs_)
    if (!uids.contains(job.uid)) deleted_.insert(job.uid);
  jobs_.clear();
  for (AudioJob& job : jobs) {
    changed_.insert(job.name);
    jobs_[job.name] = std::move(job);
  }
  listed_ = true;
}

void AudioJobSync::Apply(kube::AudioJobEvent event) {
  if (event.type == kube::AudioJobEvent::Type::kBookmark) return;
  std::lock_guard lock(mutex_);
  AudioJob& job = event.job;
  if (event.type == kube::AudioJobEvent::Type::kDeleted) {
    deleted_.insert(job.uid);
    auto found = jobs_.find(job.name);
    if (found != jobs_.end() && found->second.uid == job.uid)
      jobs_.erase(found);
    return;
  }
  changed_.insert(job.name);
  std::string name = job.name;
  jobs_[std::move(name)] = std::move(job);
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
  if (now < paused_until_) return;
  {
    std::lock_guard lock(mutex_);
    if (!listed_) return;
  }
  HandleChanged(stop);
  CancelDeleted();
  const bool check = !checked_ || now - checked_at_ >= kCheckEvery;
  if (check) {
    CrossCheck(stop);
    checked_ = true;
    checked_at_ = now;
  }
  if (check || now - mirrored_at_ >= kMirrorEvery) {
    Mirror(/*finished_too=*/check, stop);
    mirrored_at_ = now;
  }
}

void AudioJobSync::CancelDeleted() {
  std::set<std::string> uids;
  {
    std::lock_guard lock(mutex_);
    uids.swap(deleted_);
  }
  for (const std::string& uid : uids) Cancel(uid);
}

void AudioJobSync::Cancel(const std::string& uid) {
  Status cancelled = parts_.store.Cancel(uid);
  if (cancelled.ok()) return;
  Pause("Could not cancel the job of a deleted AudioJob", cancelled);
  std::lock_guard lock(mutex_);
  deleted_.insert(uid);
}

void AudioJobSync::HandleChanged(std::stop_token stop) {
  std::vector<AudioJob> jobs;
  {
    std::lock_guard lock(mutex_);
    for (const std::string& name : changed_) {
      auto found = jobs_.find(name);
      if (found != jobs_.end()) jobs.push_back(found->second);
    }
    changed_.clear();
  }
  for (const AudioJob& job : jobs) {
    if (stop.stop_requested()) return;
    if (parts_.clock.Elapsed() < paused_until_)
      LookAgain(job.name);
    else
      Handle(job, stop);
  }
}

bool AudioJobSync::IsOurs(const AudioJob& job) const {
  return job.status.installation == parts_.installation;
}

void AudioJobSync::Handle(const AudioJob& job, std::stop_token stop) {
  if (job.deleting) return Cancel(job.uid);
  if (job.status.installation.empty()) {
    // Whose it is, is decided by the API server: one version, one winner. Its
    // event brings the resource back here.
    Status taken = parts_.client.WriteStatus(
        job, TakenStatus(job, parts_.installation), true, stop);
    if (!taken.ok() && taken.code() != Code::kNotFound &&
        taken.code() != Code::kAborted) {
      Pause("Could not take an AudioJob", taken);
      LookAgain(job.name);
    }
    return;
  }
  if (!IsOurs(job)) return;
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
    if (id.ok()) return MirrorSome({job}, stop);
    refused = id.status();
  }
  if (jobs::ReasonOf(refused) == jobs::Reason::kInvalidJob) {
    Show(job, RefusedStatus(job, refused.message(), now), stop);
    return;
  }
  Pause("Could not make the row of an AudioJob", refused);
  LookAgain(job.name);
}

void AudioJobSync::Respecify(const AudioJob& job, std::stop_token stop) {
  Status status;
  auto row = RowOf(job, parts_.name_space);
  if (row.ok()) status = parts_.store.SetPriority(job.uid, row->priority);
  if (!status.ok()) {
    Pause("Could not change a job's priority", status);
    return LookAgain(job.name);
  }
  Show(job, RespecifiedStatus(job, parts_.clock.Now()), stop);
}

void AudioJobSync::Mirror(bool finished_too, std::stop_token stop) {
  std::vector<AudioJob> some;
  std::string last;
  for (bool more = true; more && !stop.stop_requested();) {
    some.clear();
    {
      std::lock_guard lock(mutex_);
      auto at = jobs_.upper_bound(last);
      for (; at != jobs_.end() && some.size() < kRowsAtOnce; ++at) {
        last = at->first;
        const AudioJob& job = at->second;
        if (IsOurs(job) && job.status.job_id != 0 && !job.deleting &&
            (finished_too || !IsFinished(job.status)))
          some.push_back(job);
      }
      more = at != jobs_.end();
    }
    MirrorSome(some, stop);
  }
}

void AudioJobSync::MirrorSome(const std::vector<AudioJob>& jobs,
                              std::stop_token stop) {
  std::vector<std::string> uids;
  for (const AudioJob& job : jobs) uids.push_back(job.uid);
  auto rows = parts_.store.Read(uids);
  if (!rows.ok()) {
    Pause("Could not read the rows of AudioJobs", rows.status());
    for (const AudioJob& job : jobs) LookAgain(job.name);
    return;
  }
  std::map<std::string, const store::ResourceRow*> by_uid;
  for (const store::ResourceRow& row : *rows) by_uid[row.cr_uid] = &row;
  base::Time now = parts_.clock.Now();
  for (const AudioJob& job : jobs) {
    if (parts_.clock.Elapsed() < paused_until_) return LookAgain(job.name);
    auto found = by_uid.find(job.uid);
    if (found != by_uid.end())
      Show(job, StatusOf(job, *found->second, now), stop);
    else if (!IsFinished(job.status))
      Show(job, PurgedStatus(job, now), stop);
  }
}

// Rows first: a resource that is made meanwhile has no row in this list. The
// view, just filled by a list, is enough for the first time if nothing misses.
void AudioJobSync::CrossCheck(std::stop_token stop) {
  auto wanted = parts_.store.WantedUids(parts_.name_space);
  if (!checked_ && wanted.ok() && AllInView(*wanted)) return;
  auto list = parts_.client.List(stop);
  if (!wanted.ok() || !list.ok()) {
    return Pause("Could not compare AudioJobs with their rows",
                 wanted.ok() ? list.status() : wanted.status());
  }
  std::set<std::string> uids;
  for (const AudioJob& job : list->jobs)
    if (!job.deleting) uids.insert(job.uid);
  for (const std::string& uid : *wanted)
    if (!uids.contains(uid)) Cancel(uid);
}

bool AudioJobSync::AllInView(const std::vector<std::string>& uids) {
  std::set<std::string> seen;
  std::lock_guard lock(mutex_);
  for (const auto& [name, job] : jobs_) seen.insert(job.uid);
  return std::all_of(uids.begin(), uids.end(),
                     [&](const auto& uid) { return seen.contains(uid); });
}

void AudioJobSync::Show(const AudioJob& job, const kube::AudioJobStatus& next,
                        std::stop_token stop) {
  if (next == job.status) return;
  Status written = parts_.client.WriteStatus(job, next, false, stop);
  if (written.code() == Code::kNotFound || written.code() == Code::kAborted) {
    return Cancel(job.uid);  // deleted, perhaps before its row was made
  }
  if (written.code() == Code::kInvalidArgument) {
    // One odd resource must not hold up the others.
    parts_.log.Warn("The server refused the status of an AudioJob",
                    {{"name", job.name}, {"err", written}});
    return;
  }
  if (!written.ok()) {
    if (!stop.stop_requested())
      Pause("Could not write the status of an AudioJob", written);
    return LookAgain(job.name);
  }
  if (auto event = EventOf(job, next, parts_.clock.Now())) {
    Status told = parts_.events.CreateEvent(*event, stop);
    if (!told.ok())
      parts_.log.Debug("Could not create an event", {{"err", told}});
  }
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(job.name);
  if (found != jobs_.end() && found->second.uid == job.uid)
    found->second.status = next;
}

void AudioJobSync::Pause(std::string_view what, const Status& status) {
  parts_.log.Warn(what, {{"err", status}});
  paused_until_ = parts_.clock.Elapsed() + kPauseAfterFailure;
}

void AudioJobSync::LookAgain(const std::string& name) {
  std::lock_guard lock(mutex_);
  changed_.insert(name);
}

}  // namespace vexaa::controller

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
// So long after a row's time its COMMIT may still come.
constexpr base::Duration kLateCommit = std::chrono::seconds(10);

bool ShowsWork(const kube::AudioJobStatus& status) {
  auto state = jobs::ParseJobState(status.state);
  return state && jobs::IsLive(*state);
}

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
  if (!check && now - mirrored_at_ < kMirrorEvery) return;
  check ? MirrorAll(stop) : MirrorActive(stop);
  // What a failure left out is still within the next look's time.
  if (parts_.clock.Elapsed() >= paused_until_) mirrored_at_ = now;
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

bool AudioJobSync::HasRow(const AudioJob& job) const {
  return IsOurs(job) && job.status.job_id != 0 && !job.deleting;
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

void AudioJobSync::MirrorAll(std::stop_token stop) {
  std::set<std::string> names;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, job] : jobs_)
      if (HasRow(job)) names.insert(name);
  }
  Mirror(names, stop);
}

// The rows of ten thousand jobs that wait are not read at each look: those
// that are worked on or have just ended, by the database's word or by what is
// shown, and some of the others in turn.
void AudioJobSync::MirrorActive(std::stop_token stop) {
  bool all = false;
  std::set<std::string> names = NamesInTurn(&all);
  if (all || AddActive(names)) Mirror(names, stop);
}

std::set<std::string> AudioJobSync::NamesInTurn(bool* all) {
  std::lock_guard lock(mutex_);
  std::set<std::string> names;
  std::vector<const std::string*> waiting;  // by name, from the turn on
  size_t before = 0;
  for (const auto& [name, job] : jobs_) {
    if (!HasRow(job) || IsFinished(job.status)) continue;
    if (ShowsWork(job.status)) {
      names.insert(name);
    } else {
      waiting.push_back(&name);
      if (name <= turn_) ++before;
    }
  }
  std::rotate(waiting.begin(), waiting.begin() + static_cast<ptrdiff_t>(before),
              waiting.end());
  *all = waiting.size() <= kRowsAtOnce;
  if (!*all) waiting.resize(kRowsAtOnce);
  for (const std::string* name : waiting) names.insert(*name);
  if (!waiting.empty()) turn_ = *waiting.back();
  return names;
}

bool AudioJobSync::AddActive(std::set<std::string>& names) {
  auto since = parts_.clock.Elapsed() - mirrored_at_ + kLateCommit;
  auto active = parts_.store.ActiveUids(
      parts_.name_space, std::chrono::ceil<std::chrono::seconds>(since));
  if (!active.ok()) {
    Pause("Could not read which AudioJobs are worked on", active.status());
    return false;
  }
  const std::set<std::string> uids(active->begin(), active->end());
  std::lock_guard lock(mutex_);
  for (const auto& [name, job] : jobs_)
    if (HasRow(job) && !IsFinished(job.status) && uids.contains(job.uid))
      names.insert(name);
  return true;
}

void AudioJobSync::Mirror(const std::set<std::string>& names,
                          std::stop_token stop) {
  for (auto at = names.begin(); at != names.end() && !stop.stop_requested();) {
    std::vector<AudioJob> some;
    {
      std::lock_guard lock(mutex_);
      for (; at != names.end() && some.size() < kRowsAtOnce; ++at) {
        auto found = jobs_.find(*at);
        if (found != jobs_.end() && HasRow(found->second))
          some.push_back(found->second);
      }
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

#include "controller/audio_jobs/audio_job_mirror.h"

#include <algorithm>
#include <map>

#include "controller/audio_jobs/audio_job_status.h"

namespace vexaa::controller {
namespace {

using kube::AudioJob;

// Between two looks at the rows of jobs that go on.
constexpr base::Duration kLookEvery = std::chrono::seconds(2);
constexpr size_t kRowsAtOnce = 100;
// So long after a row's time its COMMIT may still come.
constexpr base::Duration kLateCommit = std::chrono::seconds(10);

bool ShowsWork(const kube::AudioJobStatus& status) {
  auto state = jobs::ParseJobState(status.state);
  return state && jobs::IsLive(*state);
}

}  // namespace

void AudioJobMirror::LookWhenDue(bool all, std::stop_token stop) {
  const base::Duration now = steps_.parts().clock.Elapsed();
  if (!all && now - looked_at_ < kLookEvery) return;
  ShowNamed(all ? AllNames() : ActiveNames(), stop);
  // What a failure left out is still within the next look's time.
  if (!steps_.paused()) looked_at_ = now;
}

std::set<std::string> AudioJobMirror::AllNames() {
  std::set<std::string> names;
  steps_.view().ForEach([&](const AudioJob& job) {
    if (steps_.HasRow(job)) names.insert(job.name);
  });
  return names;
}

// The rows of ten thousand jobs that wait are not read at each look: those
// that are worked on or have just ended, by the database's word or by what is
// shown, and some of the others in turn. None when the database cannot tell.
std::set<std::string> AudioJobMirror::ActiveNames() {
  Turn turn = TakeTurn();
  if (turn.has_all) return turn.names;
  return AddActive(std::move(turn.names));
}

AudioJobMirror::Turn AudioJobMirror::TakeTurn() {
  Turn turn;
  std::vector<std::string> waiting;  // by name, from the turn on
  size_t before = 0;
  steps_.view().ForEach([&](const AudioJob& job) {
    if (!steps_.HasRow(job) || IsFinished(job.status)) return;
    if (ShowsWork(job.status)) {
      turn.names.insert(job.name);
      return;
    }
    waiting.push_back(job.name);
    if (job.name <= turn_) ++before;
  });
  std::rotate(waiting.begin(), waiting.begin() + static_cast<ptrdiff_t>(before),
              waiting.end());
  turn.has_all = waiting.size() <= kRowsAtOnce;
  if (!turn.has_all) waiting.resize(kRowsAtOnce);
  turn.names.insert(waiting.begin(), waiting.end());
  if (!waiting.empty()) turn_ = waiting.back();
  return turn;
}

std::set<std::string> AudioJobMirror::AddActive(std::set<std::string> names) {
  const AudioJobParts& parts = steps_.parts();
  auto since = parts.clock.Elapsed() - looked_at_ + kLateCommit;
  auto active = parts.store.ActiveUids(
      parts.name_space, std::chrono::ceil<std::chrono::seconds>(since));
  if (!active.ok()) {
    steps_.Pause("Could not read which AudioJobs are worked on",
                 active.status());
    return {};
  }
  const std::set<std::string> uids(active->begin(), active->end());
  steps_.view().ForEach([&](const AudioJob& job) {
    if (steps_.HasRow(job) && !IsFinished(job.status) && uids.contains(job.uid))
      names.insert(job.name);
  });
  return names;
}

void AudioJobMirror::ShowNamed(const std::set<std::string>& names,
                               std::stop_token stop) {
  for (auto at = names.begin(); at != names.end() && !stop.stop_requested();) {
    std::vector<AudioJob> some;
    for (; at != names.end() && some.size() < kRowsAtOnce; ++at)
      if (auto job = steps_.view().Find(*at); job && steps_.HasRow(*job))
        some.push_back(std::move(*job));
    Show(some, stop);
  }
}

void AudioJobMirror::Show(const std::vector<AudioJob>& jobs,
                          std::stop_token stop) {
  const AudioJobParts& parts = steps_.parts();
  std::vector<std::string> uids;
  for (const AudioJob& job : jobs) uids.push_back(job.uid);
  auto rows = parts.store.Read(uids);
  if (!rows.ok()) {
    steps_.Pause("Could not read the rows of AudioJobs", rows.status());
    for (const AudioJob& job : jobs) steps_.view().ChangedAgain(job.name);
    return;
  }
  std::map<std::string, const store::ResourceRow*> by_uid;
  for (const store::ResourceRow& row : *rows) by_uid[row.cr_uid] = &row;
  base::Time now = parts.clock.Now();
  for (const AudioJob& job : jobs) {
    if (steps_.paused()) return steps_.view().ChangedAgain(job.name);
    auto found = by_uid.find(job.uid);
    if (found != by_uid.end())
      steps_.Show(job, StatusOf(job, *found->second, now), stop);
    else if (!IsFinished(job.status))
      steps_.Show(job, PurgedStatus(job, now), stop);
  }
}

}  // namespace vexaa::controller

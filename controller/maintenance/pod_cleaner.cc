#include "controller/maintenance/pod_cleaner.h"

#include <algorithm>

#include "controller/maintenance/left_uploads.h"
#include "controller/pod_observation.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::Status;

// The reconciler asks for a log when its attempt ends; after so long without
// one, a crash came between.
constexpr base::Duration kLogIsLate = 30s;
// Attempts that one statement asks for.
constexpr size_t kAttemptsAtOnce = 100;
// After so many logs that could not be had no more are asked for in the round.
constexpr int kFailuresARound = 5;

}  // namespace

Status PodCleaner::Clean(std::stop_token stop) {
  if (!parts_.pods.synced()) return Status::Ok();
  std::vector<kube::Pod> pods = parts_.pods.All();
  ASSIGN_OR_RETURN(std::vector<jobs::Job> jobs, parts_.store.ReadLive({}));
  Attempts live;
  for (const jobs::Job& job : jobs) live.insert(job.attempt_id());
  RETURN_IF_ERROR(NoteLeftUploads(pods, live));
  std::vector<kube::Pod> due =
      PodsToDelete(pods, live, retention_, parts_.clock.Now());
  RETURN_IF_ERROR(KeepLogs(pods, live, due, stop));
  for (const kube::Pod& pod : due) {
    if (stop.stop_requested()) break;
    if (!IsOver(pod, parts_.clock.Now()))
      parts_.log.Info("Pod of an attempt that is over deleted",
                      {{"pod", pod.name}});
    RETURN_IF_ERROR(parts_.pods.Delete(pod.name, pod.uid));
  }
  return Status::Ok();
}

// A pod that was created too late, for a job that has gone on without it, may
// end by itself: what it staged then is nobody's.
Status PodCleaner::NoteLeftUploads(const std::vector<kube::Pod>& pods,
                                   const Attempts& live) {
  std::set<std::string> noted;
  for (const kube::Pod& pod : pods) {
    auto attempt = jobs::ParsePodName(pod.name);
    if (!attempt || live.contains(*attempt) || !pod.termination) continue;
    if (!noted_.contains(pod.uid)) {
      std::vector<std::string> ids = UploadsNamedBy(pod, parts_.installation);
      if (!ids.empty())
        RETURN_IF_ERROR(parts_.store.NoteLeftUploads(*attempt, ids));
    }
    noted.insert(pod.uid);
  }
  noted_.swap(noted);
  return Status::Ok();
}

std::vector<PodCleaner::Unsure> PodCleaner::FindUnsure(
    const std::vector<kube::Pod>& pods, const Attempts& live,
    const std::vector<kube::Pod>& due) {
  const base::Time now = parts_.clock.Now();
  std::set<std::string> going;
  for (const kube::Pod& pod : due) going.insert(pod.uid);
  std::map<std::string, bool> logged;
  std::vector<Unsure> unsure;
  for (const kube::Pod& pod : pods) {
    auto attempt = jobs::ParsePodName(pod.name);
    if (!attempt || live.contains(*attempt) || !IsOver(pod, now)) continue;
    auto known = logged_.find(pod.uid);
    if (known != logged_.end()) logged.insert(*known);
    bool goes = going.contains(pod.uid);
    bool ask = known == logged_.end()
                   ? goes || now - EndOfPod(pod) >= kLogIsLate
                   : goes && !known->second;
    if (ask) unsure.push_back({*attempt, pod.uid});
  }
  logged_.swap(logged);
  return unsure;
}

Status PodCleaner::KeepLogs(const std::vector<kube::Pod>& pods,
                            const Attempts& live,
                            const std::vector<kube::Pod>& due,
                            std::stop_token stop) {
  const std::vector<Unsure> unsure = FindUnsure(pods, live, due);
  int failures = 0;
  for (size_t begin = 0; begin < unsure.size(); begin += kAttemptsAtOnce) {
    size_t end = std::min(begin + kAttemptsAtOnce, unsure.size());
    std::vector<jobs::AttemptId> some;
    for (size_t i = begin; i < end; ++i) some.push_back(unsure[i].attempt);
    ASSIGN_OR_RETURN(std::vector<jobs::AttemptId> without,
                     parts_.store.AttemptsWithoutLog(some));
    const Attempts missing(without.begin(), without.end());
    for (size_t i = begin; i < end; ++i) {
      if (stop.stop_requested() || failures == kFailuresARound)
        return Status::Ok();
      bool kept = !missing.contains(unsure[i].attempt) ||
                  parts_.logs.Keep(unsure[i].attempt);
      logged_[unsure[i].uid] = kept;
      if (!kept) ++failures;
    }
  }
  return Status::Ok();
}

}  // namespace vexaa::controller

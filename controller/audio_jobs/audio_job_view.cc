#include "controller/audio_jobs/audio_job_view.h"

#include <utility>

namespace vexaa::controller {

using kube::AudioJob;

void AudioJobView::Replace(std::vector<AudioJob> jobs) {
  std::lock_guard lock(mutex_);
  std::set<std::string> uids;
  for (const AudioJob& job : jobs) uids.insert(job.uid);
  for (const auto& [name, job] : jobs_)
    if (!uids.contains(job.uid)) gone_[job.uid] = name;
  jobs_.clear();
  for (AudioJob& job : jobs) {
    changed_.insert(job.name);
    jobs_[job.name] = std::move(job);
  }
  listed_ = true;
}

void AudioJobView::Apply(kube::AudioJobEvent event) {
  if (event.type == kube::AudioJobEvent::Type::kBookmark) return;
  std::lock_guard lock(mutex_);
  AudioJob& job = event.job;
  if (event.type == kube::AudioJobEvent::Type::kDeleted) {
    gone_[job.uid] = job.name;
    auto found = jobs_.find(job.name);
    if (found != jobs_.end() && found->second.uid == job.uid)
      jobs_.erase(found);
    return;
  }
  changed_.insert(job.name);
  std::string name = job.name;
  jobs_[std::move(name)] = std::move(job);
}

bool AudioJobView::listed() const {
  std::lock_guard lock(mutex_);
  return listed_;
}

std::vector<AudioJob> AudioJobView::TakeChanged() {
  std::lock_guard lock(mutex_);
  std::vector<AudioJob> jobs;
  for (const std::string& name : changed_) {
    auto found = jobs_.find(name);
    if (found != jobs_.end()) jobs.push_back(found->second);
  }
  changed_.clear();
  return jobs;
}

std::map<std::string, std::string> AudioJobView::TakeGone() {
  std::lock_guard lock(mutex_);
  return std::exchange(gone_, {});
}

void AudioJobView::ChangedAgain(const std::string& name) {
  std::lock_guard lock(mutex_);
  changed_.insert(name);
}

void AudioJobView::GoneAgain(const std::string& uid, const std::string& name) {
  std::lock_guard lock(mutex_);
  gone_[uid] = name;
}

std::optional<AudioJob> AudioJobView::Find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(name);
  if (found == jobs_.end()) return std::nullopt;
  return found->second;
}

void AudioJobView::ForEach(
    const std::function<void(const AudioJob&)>& see) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, job] : jobs_) see(job);
}

bool AudioJobView::Has(const std::string& name, const std::string& uid) const {
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(name);
  return found != jobs_.end() && found->second.uid == uid;
}

void AudioJobView::SetStatus(const AudioJob& job,
                             const kube::AudioJobStatus& status) {
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(job.name);
  if (found != jobs_.end() && found->second.uid == job.uid)
    found->second.status = status;
}

}  // namespace vexaa::controller

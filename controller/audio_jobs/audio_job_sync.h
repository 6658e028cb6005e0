// Keeps AudioJobs and their rows in step: a new resource becomes a row, the
// row's state becomes the resource's status, a deleted resource cancels its
// job. MySQL is the truth; every step may be repeated or lost: the next look
// finds what is missing. Runs while its controller leads.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "controller/audio_jobs/audio_job_mirror.h"
#include "controller/audio_jobs/audio_job_steps.h"
#include "lib/kube/list_watch.h"

namespace vexaa::controller {

class AudioJobSync final : public kube::ListWatch {
 public:
  // What is referred to must outlive it.
  explicit AudioJobSync(AudioJobParts parts) : steps_(std::move(parts)) {}

  // Blocks until stopped; once. Where the resource is not installed it only
  // looks now and then whether it is.
  void Run(std::stop_token stop);
  // One round: does what is due now. Run's thread only.
  void Step(std::stop_token stop);

  // For Run's reflector.
  std::string_view kind() const override { return "audiojobs"; }
  base::Result<Listed> List(std::stop_token stop) override;
  base::Status Watch(const std::string& resource_version,
                     std::chrono::seconds timeout, const OnEvent& on_event,
                     std::stop_token stop) override;

 private:
  bool WaitUntilInstalled(std::stop_token stop);
  void CancelGone(std::stop_token stop);
  void CancelIfDeleted(const std::string& uid, const std::string& name,
                       std::stop_token stop);
  void HandleChanged(std::stop_token stop);
  void Handle(const kube::AudioJob& job, std::stop_token stop);
  void Submit(const kube::AudioJob& job, std::stop_token stop);
  void Respecify(const kube::AudioJob& job, std::stop_token stop);
  void CrossCheck(std::stop_token stop);

  AudioJobSteps steps_;
  AudioJobMirror mirror_{steps_};
  const AudioJobParts& parts_{steps_.parts()};
  AudioJobView& view_{steps_.view()};
  // What told that the resource is installed; the reflector begins with it.
  std::optional<kube::AudioJobList> first_list_;
  base::Duration checked_at_{};
  bool checked_ = false;
};

}  // namespace vexaa::controller

// Single writes for one AudioJob, and the pause that all take when one fails:
// what the sync and its mirror share. Thread-compatible, but for the view.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "controller/audio_jobs/audio_job_view.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/kube/audio_job_client.h"
#include "lib/kube/object_client.h"
#include "lib/store/resource_store.h"

namespace vexaa::controller {

struct AudioJobParts {
  kube::AudioJobClient& client;
  kube::EventSink& events;
  store::ResourceStore& store;
  base::Clock& clock;
  base::Logger& log;
  std::string installation;
  std::string name_space;
};

class AudioJobSteps {
 public:
  // What is referred to must outlive it.
  explicit AudioJobSteps(AudioJobParts parts) : parts_(std::move(parts)) {}

  const AudioJobParts& parts() const { return parts_; }
  AudioJobView& view() { return view_; }

  bool IsOurs(const kube::AudioJob& job) const;
  bool HasRow(const kube::AudioJob& job) const;

  // Writes the status, where it is another, and tells the event of it.
  void Show(const kube::AudioJob& job, const kube::AudioJobStatus& next,
            std::stop_token stop);
  // Cancels the job that was made of it.
  void Cancel(const std::string& uid, const std::string& name);
  // Something failed: it is said, and all waits a while.
  void Pause(std::string_view what, const base::Status& status);
  bool paused() const { return parts_.clock.Elapsed() < paused_until_; }

 private:
  const AudioJobParts parts_;
  AudioJobView view_;
  base::Duration paused_until_{};
};

}  // namespace vexaa::controller

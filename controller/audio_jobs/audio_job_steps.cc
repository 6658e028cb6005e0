#include "controller/audio_jobs/audio_job_steps.h"

#include "controller/audio_jobs/audio_job_status.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Status;
using kube::AudioJob;

// After a failure: the database or the API server is not well.
constexpr base::Duration kPauseAfterFailure = std::chrono::seconds(5);

}  // namespace

bool AudioJobSteps::HasRow(const AudioJob& job) const {
  return IsOurs(job) && job.status.job_id != 0 && !job.deleting;
}

bool AudioJobSteps::IsOurs(const AudioJob& job) const {
  return job.status.installation == parts_.installation;
}

void AudioJobSteps::Show(const AudioJob& job, const kube::AudioJobStatus& next,
                         std::stop_token stop) {
  if (next == job.status) return;
  Status written = parts_.client.WriteStatus(job, next, false, stop);
  if (written.code() == Code::kNotFound || written.code() == Code::kAborted) {
    // Deleted, perhaps before its row was made.
    return Cancel(job.uid, job.name);
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
    return view_.ChangedAgain(job.name);
  }
  if (auto event = EventOf(job, next, parts_.clock.Now())) {
    Status told = parts_.events.CreateEvent(*event, stop);
    if (!told.ok())
      parts_.log.Debug("Could not create an event", {{"err", told}});
  }
  view_.SetStatus(job, next);
}

void AudioJobSteps::Cancel(const std::string& uid, const std::string& name) {
  Status cancelled = parts_.store.Cancel(uid);
  if (cancelled.ok()) return;
  Pause("Could not cancel the job of a deleted AudioJob", cancelled);
  view_.GoneAgain(uid, name);
}

void AudioJobSteps::Pause(std::string_view what, const Status& status) {
  parts_.log.Warn(what, {{"err", status}});
  paused_until_ = parts_.clock.Elapsed() + kPauseAfterFailure;
}

}  // namespace vexaa::controller

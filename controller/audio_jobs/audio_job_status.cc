#include "controller/audio_jobs/audio_job_status.h"

#include <algorithm>

#include "controller/audio_jobs/audio_job_spec.h"
#include "lib/base/time_text.h"

namespace vexaa::controller {
namespace {

using kube::AudioJob;
using kube::AudioJobStatus;
using kube::Condition;

// Whole seconds, as metav1.Time.
std::string Seconds(base::Time time) {
  return base::FormatRfc3339(std::chrono::floor<std::chrono::seconds>(time))
             .substr(0, 19) +
         "Z";
}

std::string Seconds(const std::optional<base::Time>& time) {
  return time ? Seconds(*time) : "";
}

const Condition* Find(const AudioJobStatus& status, const char* type) {
  auto found = std::find_if(status.conditions.begin(), status.conditions.end(),
                            [&](const Condition& c) { return c.type == type; });
  return found == status.conditions.end() ? nullptr : &*found;
}

// Keeps the time when the condition only changes its words.
void SetCondition(AudioJobStatus& status, Condition condition, base::Time now) {
  condition.since = Seconds(now);
  for (Condition& each : status.conditions) {
    if (each.type != condition.type) continue;
    if (each.is_true == condition.is_true) condition.since = each.since;
    each = std::move(condition);
    return;
  }
  status.conditions.push_back(std::move(condition));
}

void SetEnd(AudioJobStatus& status, bool finished, bool succeeded,
            base::Time now) {
  SetCondition(status,
               {kSucceeded, succeeded, status.reason, status.message, ""}, now);
  SetCondition(status, {kFinished, finished, status.reason, status.message, ""},
               now);
}

}  // namespace

bool HasCondition(const AudioJobStatus& status, const char* type) {
  const Condition* found = Find(status, type);
  return found != nullptr && found->is_true;
}

bool IsFinished(const AudioJobStatus& status) {
  return HasCondition(status, kFinished);
}

AudioJobStatus TakenStatus(const AudioJob& job,
                           const std::string& installation) {
  AudioJobStatus status = job.status;
  status.installation = installation;
  return status;
}

AudioJobStatus RefusedStatus(const AudioJob& job, const std::string& why,
                             base::Time now) {
  AudioJobStatus status = job.status;
  status.observed_generation = job.generation;
  status.state = jobs::JobStateName(jobs::JobState::kFailed);
  status.reason = jobs::ReasonName(jobs::Reason::kInvalidJob);
  status.message = why;
  SetCondition(status, {kAccepted, false, status.reason, why, ""}, now);
  SetEnd(status, true, false, now);
  return status;
}

AudioJobStatus StatusOf(const AudioJob& job, const store::ResourceRow& row,
                        base::Time now) {
  AudioJobStatus status = job.status;
  if (status.job_id == 0) {
    status.spec_digest = SpecDigest(job.spec);
    status.observed_generation = job.generation;
  }
  status.job_id = row.id.value();
  status.state = jobs::JobStateName(row.state);
  status.reason = jobs::ReasonName(row.reason);
  status.message = row.message;
  status.progress = row.percent;
  status.attempts = row.attempt;
  status.pod_name = row.pod_name;
  status.output_uri = row.output_uri;
  status.started_at = Seconds(row.started_at);
  status.finished_at = Seconds(row.finished_at);
  SetCondition(
      status,
      {kAccepted, true, "Queued", "job " + std::to_string(status.job_id), ""},
      now);
  SetEnd(status, jobs::IsTerminal(row.state),
         row.state == jobs::JobState::kSucceeded, now);
  return status;
}

AudioJobStatus PurgedStatus(const AudioJob& job, base::Time now) {
  AudioJobStatus status = job.status;
  status.message = "the row of job " + std::to_string(status.job_id) +
                   " was purged; its end is not known here";
  status.reason = jobs::ReasonName(jobs::Reason::kInternal);
  SetEnd(status, true, HasCondition(status, kSucceeded), now);
  return status;
}

AudioJobStatus RespecifiedStatus(const AudioJob& job, base::Time now) {
  AudioJobStatus status = job.status;
  status.observed_generation = job.generation;
  bool changed = SpecDigest(job.spec) != status.spec_digest;
  if (!changed && Find(status, kSpecChanged) == nullptr) return status;
  SetCondition(
      status,
      {kSpecChanged, changed, changed ? "SpecIgnored" : "SpecAsAccepted",
       changed ? "only priority may change once a job is accepted; the job "
                 "goes on as it was, delete this one and create another to "
                 "change more"
               : "the spec is again the one that was accepted",
       ""},
      now);
  return status;
}

std::optional<kube::EventRecord> EventOf(const AudioJob& job,
                                         const AudioJobStatus& next,
                                         base::Time now) {
  if (next.state == job.status.state && next.attempts == job.status.attempts)
    return std::nullopt;
  bool bad = next.state == "failed" ||
             (next.state == "scheduled" && next.attempts > 0);
  std::string message = next.message;
  if (message.empty())
    message = next.job_id == 0
                  ? next.state
                  : "job " + std::to_string(next.job_id) + " is " + next.state;
  return kube::EventRecord{
      .about = {kube::kAudioJobApiVersion, kube::kAudioJobKind, job.name,
                job.uid},
      .type = bad ? kube::EventType::kWarning : kube::EventType::kNormal,
      .reason = next.reason,
      .message = message,
      .time = now};
}

}  // namespace vexaa::controller

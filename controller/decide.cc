#include "controller/decide.h"

namespace vexaa::controller {
namespace {

using jobs::JobState;
using jobs::Reason;

EndAttempt End(const jobs::Job& job, Reason reason, std::string message,
               const DecideContext& context) {
  return {.reason = reason,
          .message = std::move(message),
          .next = jobs::NextStep(job, reason, context.now, context.random)};
}

EndAttempt Cancel(const jobs::Job& job) {
  return {.reason = Reason::kCancelled,
          .message = "cancelled by its owner",
          .next = {.state = JobState::kCancelled,
                   .run_at = {},
                   .failures = job.failures,
                   .disruptions = job.disruptions},
          .delete_pod = true};
}

Action DecidePublishing(const jobs::Job& job, const DecideContext& context) {
  bool mine = job.publisher == context.self;
  if (mine || !job.publish_sent_at) return Publish{};
  base::Duration silence = context.now - *job.publish_sent_at;
  if (silence >= kPublishTakeover) return Publish{};
  return Wait{kPublishTakeover - silence};
}

Action DecideAbsent(const jobs::Job& job, const DecideContext& context) {
  if (context.pod_known || job.state == JobState::kRunning)
    return ConfirmLoss{};
  return StartPod{};
}

Action DecidePending(const jobs::Job& job, const PodObservation& seen,
                     const DecideContext& context) {
  if (!seen.trouble) return DoNothing{};
  if (seen.patient) return NoteWaiting{*seen.trouble, seen.message};
  EndAttempt end = End(job, *seen.trouble, seen.message, context);
  end.delete_pod = true;
  return end;
}

Action DecideOver(const jobs::Job& job, const PodObservation& seen,
                  const DecideContext& context) {
  bool staged = seen.outcome && seen.outcome->reason == Reason::kSucceeded;
  if (staged) return BeginPublish{*seen.outcome};
  return End(job, seen.reason, seen.message, context);
}

}  // namespace

Action Decide(const jobs::Job& job, const PodObservation& seen,
              const DecideContext& context) {
  if (!jobs::IsLive(job.state)) return DoNothing{};
  if (job.state == JobState::kPublishing) return DecidePublishing(job, context);
  if (job.cancel_wanted) return Cancel(job);
  switch (seen.sight) {
    case PodSight::kAbsent:
      return DecideAbsent(job, context);
    case PodSight::kForeign:
      return End(job, Reason::kInternal,
                 "a pod named " + jobs::PodNameFor(job.attempt_id()) +
                     " exists that is not ours; is a second installation "
                     "using this namespace with a copy of the database?",
                 context);
    case PodSight::kPending:
      return DecidePending(job, seen, context);
    case PodSight::kRunning:
      if (job.state == JobState::kRunning) return DoNothing{};
      return MarkRunning{seen.node_name};
    case PodSight::kEnding:
      return DoNothing{};
    case PodSight::kOver:
      return DecideOver(job, seen, context);
  }
  return DoNothing{};
}

}  // namespace vexaa::controller

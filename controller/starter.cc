#include "controller/starter.h"

#include "controller/pod_observation.h"
#include "lib/jobs/run_spec.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Status;
using jobs::Reason;

// A pod is created no later than this after its row was read: past it the row
// may have moved on, and the pod would be a ghost.
constexpr base::Duration kFreshFor = std::chrono::seconds(10);

Status MovedOn() { return Status(Code::kAborted, "the row moved on"); }

// Refusals that say nothing of this pod: the next one would meet the same.
bool IsForEveryPod(const Status& refused) {
  return refused.code() == Code::kResourceExhausted ||
         refused.code() == Code::kUnavailable;
}

// The reason a refused creation ends the attempt with; other errors pass.
Status WithReason(const Status& refused) {
  switch (refused.code()) {
    case Code::kInvalidArgument:
    case Code::kPermissionDenied:
      return jobs::Fail(
          Reason::kPodRejected,
          "the cluster refused the runner pod: " + refused.message());
    default:
      return refused;
  }
}

std::optional<kube::ObjectRef> AudioJobOf(const jobs::Job& job) {
  if (job.cr_uid.empty()) return std::nullopt;
  return kube::ObjectRef{kube::kAudioJobApiVersion, kube::kAudioJobKind,
                         job.cr_name, job.cr_uid};
}

}  // namespace

base::Result<Starter::Step> Starter::Start(const jobs::Job& job,
                                           base::Duration read_at) {
  if (!parts_.gate.MayEnter()) return WhyClosed();
  ASSIGN_OR_RETURN(jobs::JobPlan plan, Plan(job));
  if (MustClear(job)) {
    parts_.attempts.NoteClearing(job.attempt_id(), Clearing::kAwaited);
    return Step::kAwaitsClearing;
  }
  if (parts_.clock.Elapsed() - read_at > kFreshFor) return MovedOn();
  if (!parts_.leadership.leading()) return MovedOn();
  ASSIGN_OR_RETURN(PodRequest request, RequestFor(job, plan));
  if (parts_.gate.Enter() > base::Duration::zero()) return WhyClosed();
  RETURN_IF_ERROR(Create(job, request));
  return Step::kPodExists;
}

void Starter::PlanFirst(std::vector<jobs::Job>& jobs) {
  if (jobs.empty()) return;  // an idle controller reads no profiles
  base::Result<jobs::PlanRules> rules = parts_.rules();
  if (!rules.ok()) return;
  std::vector<store::FirstPlan> plans;
  std::vector<jobs::Job*> planned;
  for (jobs::Job& job : jobs) {
    if (job.attempt != 1 || !job.plan.empty()) continue;
    base::Result<jobs::JobPlan> plan = jobs::PlanJob(job, *rules);
    if (!plan.ok()) continue;  // Start() ends it by its reason
    plans.push_back({job.id, std::move(*plan)});
    planned.push_back(&job);
  }
  if (plans.empty()) return;
  base::Result<bool> fixed = parts_.store.FixFirstPlans(plans);
  if (!fixed.ok() || !*fixed) return;
  for (size_t i = 0; i < plans.size(); ++i)
    planned[i]->plan = jobs::FormatPlan(plans[i].plan);
}

base::Result<jobs::JobPlan> Starter::Plan(const jobs::Job& job) {
  // Fixed in this very attempt: its outputs are locked.
  const bool fixed_before = job.attempt == 1 || IsCleared(job);
  if (fixed_before && !job.plan.empty()) return jobs::ParsePlan(job.plan);
  base::Result<jobs::JobPlan> plan = Status(Code::kInternal, "no plan");
  if (job.plan.empty()) {
    ASSIGN_OR_RETURN(jobs::PlanRules rules, parts_.rules());
    plan = jobs::PlanJob(job, rules);
  } else {
    plan = jobs::ParsePlan(job.plan);
  }
  if (!plan.ok()) return plan;
  base::Result<bool> fixed = parts_.store.FixPlan(job.attempt_id(), *plan);
  if (!fixed.ok()) return fixed.status();
  if (!*fixed) return MovedOn();
  return plan;
}

bool Starter::MustClear(const jobs::Job& job) const {
  return job.attempt > 1 && job.first_claimed_at && !IsCleared(job);
}

bool Starter::IsCleared(const jobs::Job& job) const {
  return parts_.attempts.Find(job.attempt_id()).clearing == Clearing::kDone;
}

bool Starter::AwaitsClearing(const jobs::Job& job) const {
  return job.state == jobs::JobState::kClaimed &&
         parts_.attempts.Find(job.attempt_id()).clearing == Clearing::kAwaited;
}

Status Starter::Clear(const jobs::Job& job,
                      const std::vector<store::JobOutput>& outputs,
                      std::stop_token stop) {
  ASSIGN_OR_RETURN(std::vector<std::string> keep,
                   parts_.store.ProtectedUploads(job.id));
  RETURN_IF_ERROR(
      NotCleared(job, parts_.sweeper.Sweep(outputs, *job.first_claimed_at,
                                           {keep.begin(), keep.end()}, stop)));
  parts_.attempts.NoteClearing(job.attempt_id(), Clearing::kDone);
  return Status::Ok();
}

// Clearing saves room, no more: an attempt's result is its own upload. So a
// store that refuses it does not hold the job up, one that is away does.
Status Starter::NotCleared(const jobs::Job& job, const Status& error) {
  switch (error.code()) {
    case Code::kOk:
    case Code::kCancelled:
      return error;
    case Code::kNotFound:
    case Code::kPermissionDenied:
    case Code::kInvalidArgument:
    case Code::kUnimplemented:
      parts_.log.Warn("Uploads of earlier attempts may be left behind",
                      {{"jobId", job.id.value()}, {"err", error}});
      return Status::Ok();
    default:
      return jobs::ReasonOf(error)
                 ? error
                 : jobs::Fail(Reason::kStorageUnavailable,
                              "uploads of earlier attempts could not be looked "
                              "for: " +
                                  error.message());
  }
}

// The gate may have opened since it was looked at.
Status Starter::WhyClosed() {
  Status why = parts_.gate.why();
  if (!why.ok()) return why;
  return Status(Code::kUnavailable, "the cluster takes pods again");
}

base::Result<PodRequest> Starter::RequestFor(const jobs::Job& job,
                                             const jobs::JobPlan& plan) {
  PodRequest request{
      .attempt = job.attempt_id(),
      .queue = job.queue_name,
      .claim_nonce = job.claim_nonce,
      .run_spec = jobs::FormatRunSpec(jobs::MakeRunSpec(job, plan)),
      .timeout_seconds = job.timeout_seconds,
      .audio_job = AudioJobOf(job),
      .audio_job_namespace = job.cr_namespace};
  if (job.attempt == 1) return request;
  ASSIGN_OR_RETURN(request.out_of_memory,
                   parts_.store.CountAttempts(job.id, Reason::kOutOfMemory));
  return request;
}

Status Starter::Create(const jobs::Job& job, const PodRequest& request) {
  Status created = parts_.pods.Create(request);
  if (IsForEveryPod(created)) {
    parts_.gate.Refused(created);
    parts_.log.Debug("Runner pod refused",
                     {{"jobId", job.id.value()}, {"err", created}});
    return created;
  }
  parts_.gate.Passed();
  if (created.code() == Code::kAlreadyExists) return Adopt(job);
  if (!created.ok()) return WithReason(created);
  parts_.attempts.NoteCreated(job.attempt_id());
  parts_.log.Info("Runner pod created",
                  {{"jobId", job.id.value()},
                   {"attempt", job.attempt},
                   {"pod", jobs::PodNameFor(request.attempt)}});
  return Status::Ok();
}

// A pod of that name is there: an earlier create of ours whose answer was
// lost, one that still ends, or somebody else's.
Status Starter::Adopt(const jobs::Job& job) {
  ASSIGN_OR_RETURN(kube::Pod pod,
                   parts_.pods.Get(jobs::PodNameFor(job.attempt_id())));
  PodObservation seen =
      Observe(&pod, job, parts_.installation, parts_.clock.Now());
  if (seen.sight == PodSight::kForeign)
    return jobs::Fail(Reason::kInternal,
                      "a pod named " + pod.name + " exists that is not ours");
  if (seen.sight == PodSight::kEnding)
    return Status(Code::kUnavailable, "an older pod of that name still ends");
  parts_.attempts.NoteSeen(job.attempt_id());
  return Status::Ok();
}

}  // namespace vexaa::controller

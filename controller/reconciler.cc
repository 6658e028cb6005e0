#include "controller/reconciler.h"

#include <variant>

#include "controller/outcome_check.h"
#include "lib/base/backoff.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Status;
using jobs::Reason;

// Between two tries of the same step that could not be done yet.
constexpr base::Duration kPace = std::chrono::seconds(1);
// Until the view of the pods is looked at again; every live row may wait.
constexpr base::Duration kOldViewPause = std::chrono::seconds(5);

base::LogFields FieldsOf(const jobs::Job& job) {
  return {{"jobId", job.id.value()}, {"attempt", job.attempt}};
}

base::LogFields With(base::LogFields fields, base::LogField field) {
  fields.push_back(std::move(field));
  return fields;
}

// One that may no longer be watched is as new as its last list.
bool IsOld(const PodRuntime& view) {
  return view.Health().code() == Code::kUnavailable;
}

// A pod that is pending, ending or missing in an old view may be none of it by
// now. What is published or cancelled is so without its pod.
bool NeedsItsPod(const jobs::Job& job) {
  return job.state != jobs::JobState::kPublishing && !job.cancel_wanted;
}

Status MovedOn() { return Status(Code::kAborted, "the row moved on"); }

}  // namespace

void Reconciler::Reconcile(jobs::JobId id, std::stop_token stop) {
  Run(Lane::kMain, id, std::move(stop));
}

void Reconciler::Publish(jobs::JobId id, std::stop_token stop) {
  Run(Lane::kPublishing, id, std::move(stop));
}

WorkQueue& Reconciler::QueueOf(Lane lane) {
  return lane == Lane::kMain ? parts_.queue : parts_.publishing;
}

void Reconciler::Run(Lane lane, jobs::JobId id, std::stop_token stop) {
  Status status = Step(lane, id, stop);
  parts_.metrics.CountReconcile(status.ok() || status.code() == Code::kAborted);
  if (status.ok()) return;
  if (status.code() != Code::kAborted && status.code() != Code::kCancelled)
    parts_.log.Warn("Could not reconcile job",
                    {{"jobId", id.value()}, {"err", status}});
  QueueOf(lane).AddAfter(id, base::Jitter(kPace, 0.3, base::RandomUnit()));
}

// The row as the claim or the begin of its publishing left it a moment ago, or
// as it is now; where it is to be published, with its outputs.
Status Reconciler::Read(jobs::JobId id, Turn& turn) {
  turn.read_at = parts_.clock.Elapsed();
  const bool publishing = turn.lane == Lane::kPublishing;
  if (auto row = (publishing ? parts_.begun : parts_.read).Take(id)) {
    turn.read_at = row->read_at;
    turn.job = std::move(row->job);
    turn.outputs = std::move(row->outputs);
  } else if (publishing) {
    ASSIGN_OR_RETURN(store::JobWithOutputs read,
                     parts_.store.ReadWithOutputs(id));
    turn.job = std::move(read.job);
    turn.outputs = std::move(read.outputs);
  } else {
    ASSIGN_OR_RETURN(turn.job, parts_.store.Read(id));
  }
  return Status::Ok();
}

Status Reconciler::Step(Lane lane, jobs::JobId id, std::stop_token stop) {
  Turn turn;
  turn.lane = lane;
  turn.stop = stop;
  Status read = Read(id, turn);
  if (read.code() == Code::kNotFound)
    return Status::Ok();  // purged; its pods are the pod cleaner's
  RETURN_IF_ERROR(read);
  if (!jobs::IsLive(turn.job.state)) {
    parts_.attempts.Forget(turn.job.attempt_id());
    return Status::Ok();
  }
  if (lane == Lane::kPublishing &&
      turn.job.state != jobs::JobState::kPublishing &&
      !parts_.starter.AwaitsClearing(turn.job)) {
    parts_.queue.Add(id);
    return Status::Ok();
  }
  if (!parts_.pods.synced()) return MovedOn();  // unknown is never zero
  if (IsOld(parts_.pods) && NeedsItsPod(turn.job))
    return Do(turn, Wait{kOldViewPause});
  parts_.attempts.Note(turn.job);
  auto pod = parts_.pods.Find(jobs::PodNameFor(turn.job.attempt_id()));
  turn.seen = Observe(pod ? &*pod : nullptr, turn.job, parts_.installation,
                      parts_.clock.Now());
  if (pod) parts_.attempts.NoteSeen(turn.job.attempt_id());
  AttemptNotes notes = parts_.attempts.Find(turn.job.attempt_id());
  Action action =
      Decide(turn.job, turn.seen,
             {.self = parts_.self,
              .now = turn.job.as_of,
              .random = base::RandomUnit(),
              .pod_known = notes.pod_seen || notes.pods_created > 0});
  return std::visit([&](const auto& what) { return Do(turn, what); }, action);
}

Status Reconciler::Do(const Turn&, const DoNothing&) { return Status::Ok(); }

Status Reconciler::Do(const Turn& turn, const StartPod&) {
  if (turn.lane == Lane::kPublishing) return Clear(turn);
  auto started = parts_.starter.Start(turn.job, turn.read_at);
  if (started.ok()) {
    if (*started == Starter::Step::kAwaitsClearing)
      parts_.publishing.Add(turn.job.id, parts_.publisher.StoresOf(turn.job));
    return Status::Ok();
  }
  auto reason = jobs::ReasonOf(started.status());
  if (reason && *reason != Reason::kQuotaExceeded)
    return EndFor(turn, *reason, started.status().message());
  return parts_.gate.closed() ? HoldBack(turn) : started.status();
}

Status Reconciler::Clear(const Turn& turn) {
  Status cleared = parts_.starter.Clear(turn.job, turn.outputs, turn.stop);
  auto reason = jobs::ReasonOf(cleared);
  parts_.publishing.NoteAnswer(turn.job.id,
                               reason != Reason::kStorageUnavailable);
  if (reason) return EndFor(turn, *reason, cleared.message());
  if (cleared.ok()) parts_.queue.Add(turn.job.id);
  return cleared;
}

// The cluster takes no pod now: the row stays claimed and says why. Nothing is
// used up, but the patience with one job ends some day.
Status Reconciler::HoldBack(const Turn& turn) {
  Status why = parts_.gate.why();
  if (why.ok())
    return Status(Code::kUnavailable, "the cluster takes pods again");
  bool full = why.code() == Code::kResourceExhausted;
  Reason reason = full ? Reason::kQuotaExceeded : Reason::kStarted;
  ASSIGN_OR_RETURN(jobs::RetryStep next,
                   Patient(turn, Reason::kQuotaExceeded,
                           jobs::NextStep(turn.job, Reason::kQuotaExceeded,
                                          turn.job.as_of, base::RandomUnit())));
  if (next.state == jobs::JobState::kFailed)
    return EndFor(turn, Reason::kQuotaExceeded, why.message());
  parts_.queue.AddAfter(turn.job.id,
                        base::Jitter(kPace, 0.3, base::RandomUnit()));
  return Do(turn, NoteWaiting{.reason = reason, .message = why.message()});
}

Status Reconciler::Do(const Turn& turn, const NoteWaiting& action) {
  if (turn.job.reason == action.reason && turn.job.message == action.message)
    return Status::Ok();
  ASSIGN_OR_RETURN(
      bool moved, parts_.store.NoteWaiting(turn.job.attempt_id(), action.reason,
                                           action.message));
  return moved ? Status::Ok() : MovedOn();
}

Status Reconciler::Do(const Turn& turn, const ConfirmLoss&) {
  base::Result<kube::Pod> pod =
      parts_.pods.Get(jobs::PodNameFor(turn.job.attempt_id()));
  if (!pod.ok() && pod.status().code() == Code::kNotFound)
    return EndFor(turn, Reason::kPodLost,
                  "the runner's pod disappeared before it was done");
  if (!pod.ok()) return pod.status();
  return MovedOn();  // it is there; the view will show it
}

Status Reconciler::Do(const Turn& turn, const MarkRunning& action) {
  jobs::AttemptId attempt = turn.job.attempt_id();
  ASSIGN_OR_RETURN(bool moved,
                   parts_.store.MarkRunning(
                       attempt, {jobs::PodNameFor(attempt), action.node_name}));
  if (!moved) return MovedOn();
  parts_.health.Started(turn.job.queue_name);
  parts_.log.Info("Runner started", FieldsOf(turn.job));
  return Status::Ok();
}

// A short job is over before it was seen running: its node and start would
// be missing. What follows is guarded by itself, so a failure here is no harm.
void Reconciler::RecordStart(const Turn& turn) {
  if (turn.job.state != jobs::JobState::kClaimed ||
      turn.seen.sight != PodSight::kOver || turn.seen.node_name.empty())
    return;
  jobs::AttemptId attempt = turn.job.attempt_id();
  (void)parts_.store.MarkRunning(
      attempt, {jobs::PodNameFor(attempt), turn.seen.node_name});
}

Status Reconciler::Do(const Turn& turn, const BeginPublish& action) {
  ASSIGN_OR_RETURN(jobs::JobPlan plan, jobs::ParsePlan(turn.job.plan));
  Status believed = CheckOutcome(plan, action.outcome);
  if (!believed.ok())
    return EndFor(turn, *jobs::ReasonOf(believed), believed.message());
  RecordStart(turn);
  ASSIGN_OR_RETURN(bool moved,
                   parts_.store.BeginPublish(turn.job.attempt_id(), parts_.self,
                                             action.outcome));
  if (!moved) return MovedOn();
  parts_.health.Worked(turn.job.queue_name);
  ReadRow begun{turn.job, turn.read_at,
                store::StagedOutputs(plan, action.outcome)};
  begun.job.state = jobs::JobState::kPublishing;
  begun.job.message.clear();
  begun.job.publisher = parts_.self;
  begun.job.publish_sent_at = begun.job.as_of;
  parts_.begun.Put(std::move(begun));
  parts_.publishing.Add(turn.job.id, parts_.publisher.StoresOf(turn.job));
  return Status::Ok();
}

Status Reconciler::Do(const Turn& turn, const controller::Publish&) {
  if (turn.lane == Lane::kMain) {
    parts_.publishing.Add(turn.job.id, parts_.publisher.StoresOf(turn.job));
    return Status::Ok();
  }
  return FinishPublish(turn, parts_.publisher.Try(turn.job, turn.outputs,
                                                  turn.read_at, turn.stop));
}

Status Reconciler::FinishPublish(const Turn& turn,
                                 const PublishResult& result) {
  if (result.verdict != PublishVerdict::kNotOurs)
    parts_.publishing.NoteAnswer(turn.job.id,
                                 result.verdict != PublishVerdict::kAgain);
  switch (result.verdict) {
    case PublishVerdict::kDone:
      break;
    case PublishVerdict::kAgain:
      NoteUnpublished(turn, result.message);
      return Status(Code::kUnavailable, result.message);
    case PublishVerdict::kNotOurs:
      return MovedOn();
    case PublishVerdict::kStagedLost:
      return EndFor(turn, Reason::kStorageUnavailable, result.message);
    case PublishVerdict::kOccupied:
      return EndFor(turn, Reason::kOutputExists, result.message);
  }
  bool added = parts_.successes.Add(
      {.success = {turn.job.attempt_id(), MayHaveLeftUploads(turn)},
       .keep_log = turn.seen.sight == PodSight::kOver},
      turn.stop);
  return added ? Status::Ok() : Status(Code::kCancelled, "stopped");
}

// The row says why its result is not visible yet. Once in every attempt: a
// store that is away keeps many rows waiting, and each of its answers differs.
void Reconciler::NoteUnpublished(const Turn& turn, const std::string& message) {
  if (!turn.job.message.empty() || turn.stop.stop_requested()) return;
  (void)parts_.store.NoteWaiting(turn.job.attempt_id(), Reason::kPublishing,
                                 "waits for the store: " + message);
}

// True unless this attempt is the job's only one, was claimed here, its only
// pod was made here, and its runner heard the id of every upload it asked for:
// then nothing but the published upload was ever opened.
bool Reconciler::MayHaveLeftUploads(const Turn& turn) const {
  AttemptNotes notes = parts_.attempts.Find(turn.job.attempt_id());
  bool known = turn.seen.outcome && !turn.seen.outcome->unknown_uploads;
  return turn.job.attempt > 1 || turn.job.owner != parts_.self ||
         notes.pods_created != 1 || !known;
}

Status Reconciler::EndFor(const Turn& turn, Reason reason,
                          const std::string& message) {
  return Do(turn,
            EndAttempt{.reason = reason,
                       .message = message,
                       .next = jobs::NextStep(turn.job, reason, turn.job.as_of,
                                              base::RandomUnit())});
}

// The patience with a job that waits is a new one after it has worked. The
// database is asked for that only where the patience would end.
base::Result<jobs::RetryStep> Reconciler::Patient(const Turn& turn,
                                                  Reason reason,
                                                  const jobs::RetryStep& next) {
  if (next.state != jobs::JobState::kFailed || !jobs::IsWaiting(reason))
    return next;
  ASSIGN_OR_RETURN(std::optional<base::Time> worked_at,
                   parts_.store.LastWorked(turn.job.id));
  return jobs::NextStep(turn.job, reason, turn.job.as_of, base::RandomUnit(),
                        worked_at);
}

Status Reconciler::Do(const Turn& turn, const EndAttempt& action) {
  ASSIGN_OR_RETURN(jobs::RetryStep next,
                   Patient(turn, action.reason, action.next));
  store::AttemptEnd end{
      .reason = action.reason,
      .message = action.message,
      .next = next,
      .exit_code = turn.seen.exit_code,
      .outcome = turn.seen.outcome.value_or(jobs::RunOutcome{}),
      .open_upload_ids = {},
      .sweep = jobs::IsTerminal(next.state)};
  for (const jobs::OutputResult& output : end.outcome.outputs) {
    auto index = static_cast<size_t>(output.index);
    if (end.open_upload_ids.size() <= index)
      end.open_upload_ids.resize(index + 1);
    end.open_upload_ids[index] = output.upload_id;
  }
  RecordStart(turn);
  ASSIGN_OR_RETURN(bool moved,
                   parts_.store.EndAttempt(turn.job.attempt_id(), end));
  if (!moved) return MovedOn();
  parts_.room.Ring();
  NoteHealth(turn, action);
  auto fields = With(
      With(FieldsOf(turn.job), {"reason", jobs::ReasonName(action.reason)}),
      {"message", action.message});
  parts_.log.Info(
      "Attempt ended without a result",
      With(std::move(fields), {"next", jobs::JobStateName(next.state)}));
  if (jobs::IsTerminal(next.state))
    parts_.metrics.CountFinished(next.state, action.reason);
  parts_.attempts.Forget(turn.job.attempt_id());
  KeepLog(turn, action.delete_pod);
  if (action.delete_pod && !turn.seen.uid.empty())
    return parts_.pods.Delete(jobs::PodNameFor(turn.job.attempt_id()),
                              turn.seen.uid);
  return Status::Ok();
}

// Only a finished pod that is deleted now is gone before its log is asked for
// later; and a node that was lost lets who asks wait for half a minute.
void Reconciler::KeepLog(const Turn& turn, bool pod_goes) {
  const bool over = turn.seen.sight == PodSight::kOver;
  if (over && pod_goes)
    parts_.logs.Keep(turn.job.attempt_id());
  else if (over || turn.seen.sight == PodSight::kRunning)
    parts_.logs.Add(turn.job.attempt_id());
}

// A runner that told how it ended could be made and could read its spec.
void Reconciler::NoteHealth(const Turn& turn, const EndAttempt& action) {
  if (jobs::ClassOf(action.reason) == jobs::ReasonClass::kDeployment)
    parts_.health.Failed(turn.job.queue_name, action.reason, action.message);
  else if (turn.seen.outcome)
    parts_.health.Worked(turn.job.queue_name);
  if (turn.seen.sight == PodSight::kOver) parts_.gate.RoomMade();
}

Status Reconciler::Do(const Turn& turn, const Wait& action) {
  parts_.queue.AddAfter(turn.job.id, action.time);
  return Status::Ok();
}

}  // namespace vexaa::controller

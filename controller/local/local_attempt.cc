#include "controller/local/local_attempt.h"

#include <algorithm>
#include <csignal>

#include "controller/local/attempt_pod.h"
#include "controller/local/process.h"
#include "controller/local/spawn.h"
#include "lib/base/digest.h"
#include "lib/jobs/job.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Duration;
using base::Result;
using base::Status;
using base::UniqueFd;

AttemptRecord RecordFor(const LocalContext& context,
                        const PodRequest& request) {
  return {.name = jobs::PodNameFor(request.attempt),
          .uid = base::RandomUuid(),
          .boot_id = context.boot_id,
          .labels = RunnerLabels(context.options, request),
          .created_at = context.clock.Now(),
          .timeout_seconds = request.timeout_seconds};
}

void RemoveFolder(LocalContext& context, const AttemptFolder& folder) {
  Status removed = folder.Remove();
  if (!removed.ok())
    context.log.Warn("Attempt's folder not removed",
                     {{"pod", folder.name()}, {"error", removed}});
}

}  // namespace

LocalAttempt::LocalAttempt(LocalContext& context, AttemptFolder folder,
                           AttemptRecord record)
    : context_(&context),
      folder_(std::move(folder)),
      record_(std::move(record)) {}

Result<LocalAttempt> LocalAttempt::Start(LocalContext& context,
                                         const PodRequest& request) {
  AttemptFolder folder(context.options.folder,
                       jobs::PodNameFor(request.attempt));
  RETURN_IF_ERROR(folder.Make());
  LocalAttempt attempt(context, folder, RecordFor(context, request));
  Status written = folder.WriteRecord(attempt.record_);
  Result<UniqueFd> pidfd = Status(Code::kInternal, "not spawned");
  if (written.ok()) pidfd = Spawn(context, folder, request);
  if (!written.ok() || !pidfd.ok()) {
    RemoveFolder(context, folder);
    return written.ok() ? pidfd.status() : written;
  }
  attempt.Follow(std::move(*pidfd));
  attempt.Refresh();
  return attempt;
}

Result<UniqueFd> LocalAttempt::Spawn(LocalContext& context,
                                     const AttemptFolder& folder,
                                     const PodRequest& request) {
  ASSIGN_OR_RETURN(UniqueFd log, folder.OpenLog());
  ASSIGN_OR_RETURN(UniqueFd lock, folder.TakeLock());
  return controller::Spawn(
      {.program = context.options.runner_path,
       .arguments = context.options.arguments,
       .environment =
           RunnerEnvironment(context.options, request, folder.outcome_path()),
       .log = std::move(log),
       .lock = std::move(lock)});
}

Result<LocalAttempt> LocalAttempt::Adopt(LocalContext& context,
                                         const std::string& name) {
  Status no_such(Code::kNotFound, "there is no local attempt " + name);
  AttemptFolder folder(context.options.folder, name);
  if (!jobs::ParsePodName(name) || !folder.Exists()) return no_such;
  ASSIGN_OR_RETURN(AttemptFacts facts, folder.ReadFacts());
  Result<AttemptRecord> record = folder.ReadRecord();
  // The process writes its own pid down before it is the runner. After a
  // power loss that line may be missing though it ran: then it has failed.
  bool may_have_run = facts.locked || facts.process ||
                      (record.ok() && record->boot_id != context.boot_id);
  if (!record.ok() && facts.locked) return record.status();
  if (!record.ok() || !may_have_run) {
    context.log.Warn("Attempt never started and was removed", {{"pod", name}});
    RETURN_IF_ERROR(folder.Remove());
    return no_such;
  }
  LocalAttempt attempt(context, folder, *record);
  attempt.Refresh();
  return attempt;
}

bool LocalAttempt::over() const {
  return pod_.phase == kube::PodPhase::kSucceeded ||
         pod_.phase == kube::PodPhase::kFailed;
}

bool LocalAttempt::Settle() {
  if (over()) return false;
  if (pidfd_.valid() && !HasEnded(pidfd_.get())) return false;
  return Refresh();
}

// Reads the folder again, and finds the process that holds its lock.
bool LocalAttempt::Refresh() {
  if (pidfd_.valid() && HasEnded(pidfd_.get())) TakeExit();
  Result<AttemptFacts> facts = folder_.ReadFacts();
  if (!facts.ok()) {
    Warn("Attempt not read", facts.status());
    return false;
  }
  // It may have ended just now: its end counts once its exit code is taken.
  if (pidfd_.valid()) facts->locked = true;
  kube::PodPhase before = pod_.phase;
  pod_ = PodOf(record_, *facts, context_->options.node_name);
  if (facts->locked && facts->process && !pidfd_.valid()) {
    Result<UniqueFd> found = OpenProcess(*facts->process);
    if (found.ok()) Follow(std::move(*found));
  }
  return pod_.phase != before;
}

// Takes charge of a live process: its end, its deadline, its deletion.
void LocalAttempt::Follow(UniqueFd pidfd) {
  Status watched = context_->watch.Add(pidfd.get());
  if (!watched.ok()) Warn("Process is looked at only now and then", watched);
  pidfd_ = std::move(pidfd);
  base::Time now = context_->clock.Now();
  if (record_.timeout_seconds > 0) {
    Duration allowed = std::chrono::seconds(record_.timeout_seconds) +
                       context_->options.deadline_slack;
    // Wall time may have jumped; never allow more than was asked for.
    Duration used = std::clamp(now - record_.created_at, Duration(0), allowed);
    overdue_at_ = context_->clock.Elapsed() + allowed - used;
  }
  if (pod_.deletion_time)
    Terminate(std::clamp(*pod_.deletion_time - now, Duration(0),
                         context_->options.grace));
}

void LocalAttempt::TakeExit() {
  // What it started itself must not live on with its lock.
  SignalProcess(pidfd_.get(), SIGKILL);
  if (auto exit = ReapProcess(pidfd_.get(), context_->clock.Now())) {
    Status written = folder_.WriteExit(*exit);
    if (!written.ok()) Warn("Exit code not kept", written);
  }
  pidfd_.Reset();
}

Status LocalAttempt::BeginDeletion() {
  if (pod_.deletion_time) return Status::Ok();
  base::Time by = context_->clock.Now() + context_->options.grace;
  RETURN_IF_ERROR(folder_.MarkDeleting(by));
  pod_.deletion_time = by;
  Terminate(context_->options.grace);
  return Status::Ok();
}

void LocalAttempt::Terminate(Duration grace) {
  if (!pidfd_.valid()) return;
  SignalProcess(pidfd_.get(), SIGTERM);
  kill_at_ = context_->clock.Elapsed() + grace;
}

void LocalAttempt::Enforce() {
  if (!pidfd_.valid()) return;
  Duration now = context_->clock.Elapsed();
  if (overdue_at_ && now >= *overdue_at_) {
    overdue_at_.reset();
    Status marked = folder_.MarkOverdue();
    if (!marked.ok()) Warn("Deadline not noted", marked);
    SignalProcess(pidfd_.get(), SIGKILL);
  }
  if (kill_at_ && now >= *kill_at_) {
    kill_at_.reset();
    SignalProcess(pidfd_.get(), SIGKILL);
  }
  // A runner ends its log by itself; twice the limit means that it does not.
  Status capped = folder_.CapLog(2 * context_->options.log_limit_bytes);
  if (!capped.ok()) Warn("Log not cut", capped);
}

bool LocalAttempt::Forget() {
  if (!over()) return false;
  if (pod_.deletion_time) RemoveFolder(*context_, folder_);
  return !folder_.Exists();
}

void LocalAttempt::Warn(const char* message, const Status& status) const {
  context_->log.Warn(message, {{"pod", record_.name}, {"error", status}});
}

}  // namespace vexaa::controller

#include "controller/local/attempt_pod.h"

#include "lib/jobs/run_outcome.h"

namespace vexaa::controller {
namespace {

// True when the runner's own report says that it staged everything.
bool TellsSuccess(const AttemptFacts& facts) {
  if (!facts.outcome) return false;
  base::Result<jobs::RunOutcome> outcome =
      jobs::ParseRunOutcome(*facts.outcome);
  return outcome.ok() && outcome->reason == jobs::Reason::kSucceeded;
}

bool HasSucceeded(const AttemptFacts& facts) {
  if (!facts.outcome) return false;
  return facts.exit ? facts.exit->code == 0 : TellsSuccess(facts);
}

kube::Termination EndOf(const AttemptFacts& facts) {
  kube::Termination end;
  end.exit_code = facts.exit ? facts.exit->code : -1;
  end.signal = facts.exit ? facts.exit->signal : 0;
  end.reason = HasSucceeded(facts) ? "Completed" : "Error";
  end.message = facts.outcome.value_or("");
  end.started_at = facts.started_at;
  end.finished_at = facts.outcome_at;
  if (facts.exit) end.finished_at = facts.exit->finished_at;
  return end;
}

}  // namespace

kube::Pod PodOf(const AttemptRecord& record, const AttemptFacts& facts,
                const std::string& node_name) {
  kube::Pod pod;
  pod.name = record.name;
  pod.uid = record.uid;
  pod.labels = record.labels;
  pod.node_name = node_name;
  pod.created_at = record.created_at;
  pod.deletion_time = facts.delete_by;
  pod.started_at = facts.started_at;
  if (facts.locked) {
    pod.phase =
        facts.process ? kube::PodPhase::kRunning : kube::PodPhase::kPending;
    return pod;
  }
  pod.phase = HasSucceeded(facts) ? kube::PodPhase::kSucceeded
                                  : kube::PodPhase::kFailed;
  if (facts.overdue) {
    pod.status_reason = "DeadlineExceeded";
    pod.status_message = "the process was killed past its deadline";
  }
  pod.termination = EndOf(facts);
  return pod;
}

}  // namespace vexaa::controller

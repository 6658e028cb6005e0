#include "controller/controller_metrics.h"

#include <algorithm>
#include <vector>

#include "lib/base/version.h"

namespace vexaa::controller {
namespace {

using jobs::JobState;

constexpr JobState kTerminal[] = {JobState::kSucceeded, JobState::kFailed,
                                  JobState::kCancelled};
constexpr JobState kWaitingOrLive[] = {JobState::kScheduled, JobState::kQueued,
                                       JobState::kClaimed, JobState::kRunning,
                                       JobState::kPublishing};

metrics::CounterSet FinishedCounters(metrics::Registry& registry,
                                     JobState state) {
  std::map<std::string, metrics::Counter, std::less<>> counters;
  for (jobs::Reason reason : jobs::AllReasons()) {
    std::string name(jobs::ReasonName(reason));
    counters[name] = registry.AddCounter(
        "vexaa_jobs_finished_total",
        "Jobs that reached a terminal state, by result and reason.",
        {{"result", std::string(jobs::JobStateName(state))}, {"reason", name}});
  }
  return metrics::CounterSet(std::move(counters));
}

std::vector<std::string> StateNames() {
  std::vector<std::string> names;
  for (JobState state : kWaitingOrLive)
    names.emplace_back(jobs::JobStateName(state));
  return names;
}

std::string CodeClass(int http_status) {
  if (http_status <= 0) return "none";
  return std::to_string(http_status / 100) + "xx";
}

}  // namespace

ControllerMetrics::ControllerMetrics(metrics::Registry& registry,
                                     const std::vector<std::string>& queues)
    : queues_(queues) {
  registry
      .AddGauge("vexaa_build_info", "Always 1; its label says what runs.",
                {{"version", base::kVersion}})
      .Set(1);
  leading_ = registry.AddGauge(
      "vexaa_leader", "1 while this controller works, 0 while it stands by.");
  queue_stopped_ = registry.AddGauges(
      "vexaa_queue_stopped",
      "1 while a queue is only probed, because this installation fails its "
      "jobs.",
      "queue", queues_);
  claimed_ = registry.AddCounter("vexaa_jobs_claimed_total",
                                 "Jobs taken into work, retries included.");
  reconciles_ = registry.AddCounters("vexaa_reconcile_total",
                                     "Looks at one job, by result.", "result",
                                     {"ok", "error"});
  for (JobState state : kTerminal)
    finished_.emplace(state, FinishedCounters(registry, state));
  jobs_ = registry.AddGauges("vexaa_jobs",
                             "Jobs that wait or are worked on, by state.",
                             "state", StateNames());
  kube_requests_ = registry.AddCounters(
      "vexaa_kubernetes_requests_total",
      "Requests to the API server, by class of the answer's status.", "code",
      {"none", "1xx", "2xx", "3xx", "4xx", "5xx"});
}

void ControllerMetrics::SetLeading(bool leading) const {
  leading_.Set(leading ? 1 : 0);
  if (leading) return;
  for (const std::string& queue : queues_) SetQueueStopped(queue, false);
  SetJobCounts({});
}

void ControllerMetrics::SetQueueStopped(const std::string& queue,
                                        bool stopped) const {
  if (std::find(queues_.begin(), queues_.end(), queue) != queues_.end())
    queue_stopped_.At(queue).Set(stopped ? 1 : 0);
}

void ControllerMetrics::CountReconcile(bool ok) const {
  reconciles_.At(ok ? "ok" : "error").Add();
}

void ControllerMetrics::CountFinished(JobState state,
                                      jobs::Reason reason) const {
  auto found = finished_.find(state);
  if (found != finished_.end())
    found->second.At(jobs::ReasonName(reason)).Add();
}

void ControllerMetrics::SetJobCounts(
    const std::map<JobState, int64_t>& counts) const {
  for (JobState state : kWaitingOrLive) {
    auto found = counts.find(state);
    jobs_.At(jobs::JobStateName(state))
        .Set(found == counts.end() ? 0.0 : static_cast<double>(found->second));
  }
}

void ControllerMetrics::CountKubeRequest(std::string_view,
                                         int http_status) const {
  kube_requests_.At(CodeClass(http_status)).Add();
}

}  // namespace vexaa::controller

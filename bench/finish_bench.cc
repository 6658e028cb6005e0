// How fast a controller brings jobs from "the runner is done" to `succeeded`,
// beside a bare loop of the same outside calls. Real reconciler, publisher, SQL
// and object storage; only the pods are made up.
//
//   vexaa-bench-finish folder JOBS ROUNDS     guarded UPDATEs, one connection
//   vexaa-bench-finish s3 JOBS ROUNDS         S3 calls, as many threads as ours
//
// The environment is FinishRig's; the S3 bucket is "bench". Prints one line of
// JSON: jobs per second of each round, ours and bare, and the threads.
#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/finish_rig.h"
#include "bench/must.h"
#include "controller/config.h"
#include "controller/reconciler.h"
#include "lib/metrics/registry.h"
#include "tests/fakes/fake_pod_runtime.h"

namespace vexaa::bench {
namespace {

using controller::WorkQueue;

// A controller's own parts, on the rig's database and object storage.
class OneController {
 public:
  explicit OneController(FinishRig& rig) : rig_(rig) {}

  // The runner's pod is over and says what it staged.
  void FinishPod(const Done& done);
  void StartWorkers();
  void StartPublishers();
  WorkQueue& queue() { return queue_; }
  const WorkQueue& publishing() const { return publishing_; }
  // A job goes from the queue to publishing before the queue is done with it.
  bool busy() const { return queue_.size() > 0 || publishing_.size() > 0; }

 private:
  using Step = void (controller::Reconciler::*)(jobs::JobId, std::stop_token);
  void Work(WorkQueue& queue, Step step, int threads);

  FinishRig& rig_;
  const std::string installation_ = Must(rig_.store().InstallationId());
  controller::FakePodRuntime pods_{rig_.clock, installation_};
  controller::Attempts attempts_;
  metrics::Registry registry_;
  controller::ControllerMetrics counts_{registry_, {"default"}};
  controller::SoleLeadership leadership_;
  WorkQueue queue_{rig_.clock}, publishing_{rig_.clock};
  controller::ReadRows read_{rig_.clock};
  controller::ReadRows begun_{rig_.clock, controller::kHoldFor};
  controller::LogKeeper logs_{rig_.store(), pods_, rig_.log};
  controller::UploadSweeper sweeper_{rig_.stores(), rig_.log};
  controller::Bell room_;
  controller::CreationGate gate_{rig_.clock};
  controller::DeploymentHealth health_{rig_.store(), counts_, rig_.log};
  controller::Starter starter_{
      {.store = rig_.store(),
       .pods = pods_,
       .sweeper = sweeper_,
       .attempts = attempts_,
       .leadership = leadership_,
       .gate = gate_,
       .clock = rig_.clock,
       .log = rig_.log,
       .rules = [] { return base::Result(jobs::PlanRules()); },
       .installation = installation_}};
  controller::Publisher publisher_{rig_.store(), rig_.stores(), rig_.clock,
                                   rig_.log, kSelf};
  controller::SuccessWriter successes_{{.store = rig_.store(),
                                        .room = room_,
                                        .gate = gate_,
                                        .attempts = attempts_,
                                        .logs = logs_,
                                        .publishing = publishing_,
                                        .metrics = counts_,
                                        .clock = rig_.clock,
                                        .log = rig_.log}};
  controller::Reconciler reconciler_{{.store = rig_.store(),
                                      .pods = pods_,
                                      .starter = starter_,
                                      .publisher = publisher_,
                                      .room = room_,
                                      .gate = gate_,
                                      .health = health_,
                                      .attempts = attempts_,
                                      .logs = logs_,
                                      .successes = successes_,
                                      .queue = queue_,
                                      .publishing = publishing_,
                                      .read = read_,
                                      .begun = begun_,
                                      .metrics = counts_,
                                      .clock = rig_.clock,
                                      .log = rig_.log,
                                      .self = kSelf,
                                      .installation = installation_}};
  std::vector<std::jthread> threads_;  // last: they end before all they use
};

void OneController::FinishPod(const Done& done) {
  jobs::AttemptId attempt = done.job.attempt_id();
  Must(pods_.Create({.attempt = attempt,
                     .queue = done.job.queue_name,
                     .claim_nonce = done.job.claim_nonce,
                     .run_spec = "",
                     .timeout_seconds = 60,
                     .audio_job = {},
                     .audio_job_namespace = ""}));
  attempts_.NoteCreated(attempt);
  std::string name = jobs::PodNameFor(attempt);
  pods_.SetRunning(name);
  pods_.SetOver(
      name, kube::PodPhase::kSucceeded,
      {.exit_code = 0, .message = jobs::FormatRunOutcome(done.outcome)});
}

void OneController::Work(WorkQueue& queue, Step step, int threads) {
  for (int i = 0; i < threads; ++i)
    threads_.emplace_back([this, &queue, step](std::stop_token stop) {
      while (auto id = queue.Next(stop)) {
        (reconciler_.*step)(*id, stop);
        queue.Done(*id);
      }
    });
}

void OneController::StartWorkers() {
  Work(queue_, &controller::Reconciler::Reconcile,
       controller::Config().workers);
}

void OneController::StartPublishers() {
  Work(publishing_, &controller::Reconciler::Publish,
       controller::Config().publish_concurrency);
  threads_.emplace_back([this](std::stop_token stop) { successes_.Run(stop); });
  threads_.emplace_back([this](std::stop_token stop) { logs_.Run(stop); });
}

double Rate(FinishRig& rig, size_t jobs, const std::function<void()>& body) {
  base::Duration start = rig.clock.Elapsed();
  body();
  std::chrono::duration<double> took = rig.clock.Elapsed() - start;
  return static_cast<double>(jobs) / took.count();
}

double Ours(FinishRig& rig, bool s3, int count) {
  std::vector<Done> done = rig.Prepare(count);
  OneController one(rig);
  for (const Done& each : done) one.FinishPod(each);
  size_t wanted = rig.Succeeded() + done.size();
  one.StartWorkers();
  auto reconcile = [&] {
    for (const Done& each : done) one.queue().Add(each.job.id);
  };
  auto wait = [&](const std::function<bool()>& until) {
    while (!until()) rig.clock.Sleep(std::chrono::milliseconds(1), {});
  };
  if (s3) {  // up to where the publish threads take over
    reconcile();
    wait([&] { return one.publishing().ready() == done.size(); });
  }
  return Rate(rig, done.size(), [&] {
    one.StartPublishers();
    if (!s3) reconcile();
    // Counting rows costs the database: only when there may be news.
    wait([&] { return !one.busy() && rig.Succeeded() >= wanted; });
  });
}

double Bare(FinishRig& rig, bool s3, int count) {
  std::vector<Done> done = rig.Prepare(count);
  int threads = s3 ? controller::Config().publish_concurrency : 1;
  std::atomic<size_t> next = 0;
  return Rate(rig, done.size(), [&] {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([&] {
        for (size_t at = next++; at < done.size(); at = next++)
          s3 ? rig.BareObject(done[at]) : rig.BareRow(done[at]);
      });
  });
}

int Main(const std::vector<std::string>& arguments) {
  std::string what = arguments.size() == 3 ? arguments[0] : "";
  if (what != "folder" && what != "s3") {
    std::cerr << "vexaa-bench-finish folder|s3 JOBS ROUNDS\n";
    return 64;
  }
  bool s3 = what == "s3";
  FinishRig rig(s3);
  nlohmann::json figures = {
      {"ours", nlohmann::json::array()},
      {"bare", nlohmann::json::array()},
      {"workers", controller::Config().workers},
      {"publishers", controller::Config().publish_concurrency}};
  int count = std::stoi(arguments[1]);
  (void)Bare(rig, s3, count);  // warm
  for (int round = 0; round < std::stoi(arguments[2]); ++round) {
    bool first = round % 2 == 0;  // in turns: what comes second is no worse off
    if (first) figures["bare"].push_back(Bare(rig, s3, count));
    figures["ours"].push_back(Ours(rig, s3, count));
    if (!first) figures["bare"].push_back(Bare(rig, s3, count));
  }
  std::cout << figures.dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace vexaa::bench

int main(int argc, char** argv) {
  return vexaa::bench::Main({argv + 1, argv + argc});
}

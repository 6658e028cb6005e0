// A whole controller on fakes: what the tests of its parts share.
#pragma once

#include <atomic>
#include <sstream>
#include <string>

#include "controller/attempts.h"
#include "controller/claimer.h"
#include "controller/controller_metrics.h"
#include "controller/leadership.h"
#include "controller/maintenance/maintenance.h"
#include "controller/publisher.h"
#include "controller/reconciler.h"
#include "controller/starter.h"
#include "controller/upload_sweeper.h"
#include "controller/work_queue.h"
#include "lib/base/log.h"
#include "lib/jobs/run_outcome.h"
#include "lib/metrics/registry.h"
#include "lib/objects/output_identity.h"
#include "lib/objects/store_set.h"
#include "tests/fakes/fake_job_store.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::controller {

inline constexpr char kSource[] = "s3://videos/talk.mp4";
inline const objects::ObjectPath kOutput{"videos",
                                         "audio/talk.mp4/mp3-128k.mp3"};

inline std::string PodOf(jobs::JobId id, int attempt = 1) {
  return jobs::PodNameFor({id, attempt});
}

// Leads as long as the test wants.
class FakeLeadership final : public Leadership {
 public:
  void SetLeading(bool leading) { leading_ = leading; }
  void Run(const Term& term, std::stop_token stop) override { term(stop); }
  bool leading() const override { return leading_; }
  base::Status Health() const override { return base::Status::Ok(); }

 private:
  std::atomic<bool> leading_ = true;
};

// The world outside a controller: it outlives any of them.
struct World {
  World() {
    store.PutQueue({.name = "default", .max_running = 10});
    for (const jobs::Profile& profile : jobs::BuiltInProfiles())
      store.PutProfile(profile);
  }

  // Of another database; its pods are for the test to play.
  explicit World(const std::string& installation) : World() {
    store.SetInstallationId(installation);
  }

  jobs::JobId Submit(const std::string& options = "",
                     const std::string& output_uri = "") {
    jobs::Job job;
    job.options = options;
    job.output_uri = output_uri;
    job.source_uri = kSource;
    job.profile = "mp3-128k";
    job.queue_name = "default";
    job.max_attempts = 3;
    return store.Submit(job);
  }

  jobs::Job Row(jobs::JobId id) { return *store.Read(id); }

  // What a runner does: stages `content` and describes it.
  jobs::RunOutcome Stage(const jobs::Job& job,
                         const std::string& content = "audio") {
    return StageAt(kOutput, job, content);
  }

  jobs::RunOutcome StageAt(const objects::ObjectPath& path,
                           const jobs::Job& job,
                           const std::string& content = "audio") {
    return StageIn(objects, path, job, content);
  }

  static jobs::RunOutcome StageIn(objects::FakeObjectStore& store,
                                  const objects::ObjectPath& path,
                                  const jobs::Job& job,
                                  const std::string& content = "audio") {
    std::string token = jobs::AttemptToken(job);
    auto id = store.Stage(path,
                          {.content_type = "audio/mpeg",
                           .metadata = objects::MetadataOf(objects::IdentityOf(
                               token, job.source_uri, "mp3-128k")),
                           .stage_name = token},
                          {});
    auto part =
        store.PutPart(path, *id, 1, 8 << 20, base::AsBytes(content), {});
    auto staged = store.Seal(path, *id, {*part});
    jobs::OutputResult output{.upload_id = *id,
                              .part_count = staged->part_count,
                              .bytes = staged->size_bytes,
                              .parts_digest = staged->digest};
    return {.attempt = job.attempt_id(),
            .token = token,
            .reason = jobs::Reason::kSucceeded,
            .message = "staged",
            .outputs = {output}};
  }

  // The runner staged everything and ended well.
  void FinishPod(const jobs::Job& job) {
    pods.SetOver(
        jobs::PodNameFor(job.attempt_id()), kube::PodPhase::kSucceeded,
        {.exit_code = 0, .message = jobs::FormatRunOutcome(Stage(job))});
  }

  void FailPod(const jobs::Job& job, jobs::Reason reason) {
    pods.SetOver(
        jobs::PodNameFor(job.attempt_id()), kube::PodPhase::kFailed,
        {.exit_code = 1,
         .message = jobs::FormatRunOutcome({.attempt = job.attempt_id(),
                                            .token = jobs::AttemptToken(job),
                                            .reason = reason,
                                            .message = "it failed"})});
  }

  base::ManualClock clock;
  store::FakeJobStore store{clock};
  objects::FakeObjectStore objects{clock};
  FakePodRuntime pods{clock, *store.InstallationId()};
  objects::StoreSet stores{&objects, nullptr};
  std::vector<std::string> buckets = {"videos"};  // that jobs may name
};

// One controller process in that world. Its death is its destruction.
struct OneController {
  explicit OneController(World& world, std::string name = "me",
                         const LaneRules& rules = {})
      : OneController(world, world.pods, std::move(name), rules) {}
  // On a runtime of the test's own.
  OneController(World& world, PodRuntime& pods, std::string name = "me",
                const LaneRules& rules = {})
      : world(world),
        pods(pods),
        name(std::move(name)),
        publishing(world.clock, rules) {}

  int Claim() {
    auto claimed = world.store.Claim(
        {"default", 10, name, "nonce-" + name + std::to_string(++claims)});
    for (const jobs::Job& job : *claimed) queue.Add(job.id);
    return static_cast<int>(claimed->size());
  }

  // Reconciles until nothing is left to do without time passing.
  void Settle(jobs::JobId id) {
    for (int i = 0; i < 5; ++i) Step(id);
  }

  // One look at the job, by the threads that would take it.
  void Step(jobs::JobId id) {
    const jobs::Job row = *world.store.Read(id);
    if (row.state == jobs::JobState::kPublishing)
      Publish(id);
    else if (starter.AwaitsClearing(row))
      reconciler.Publish(id, {});
    else
      reconciler.Reconcile(id, {});
    while (logs.KeepNext()) {
    }
  }

  void Publish(jobs::JobId id) {
    reconciler.Publish(id, {});
    successes.WriteNext();
  }

  void SettleAll() {
    while (queue.ready() > 0) queue.Done(*queue.Next({}));
    std::vector<jobs::Job> live = *world.store.ReadLive({});
    for (const jobs::Job& job : live) Settle(job.id);
  }

  Maintenance MakeMaintenance(RowRetention rows = {}) {
    return Maintenance({.store = world.store,
                        .pods = pods,
                        .sweeper = sweeper,
                        .logs = logs,
                        .queue = queue,
                        .metrics = counts,
                        .clock = world.clock,
                        .log = log,
                        .queues = {"default"},
                        .installation = *world.store.InstallationId()},
                       {}, rows);
  }

  // A claimer of the default queue.
  ClaimerParts PartsOfClaimer() {
    return {.store = world.store,
            .pods = pods,
            .starter = starter,
            .queue = queue,
            .read = read,
            .room = room,
            .gate = gate,
            .health = health,
            .metrics = counts,
            .leadership = leadership,
            .clock = world.clock,
            .log = log,
            .queues = {"default"},
            .owner = name};
  }

  World& world;
  PodRuntime& pods;
  const std::string name;
  int claims = 0;
  std::ostringstream lines;
  base::Logger log{lines, base::LogFormat::kText, base::LogLevel::kDebug,
                   world.clock};
  metrics::Registry registry;
  ControllerMetrics counts{registry, {"default"}};
  WorkQueue queue{world.clock};
  WorkQueue publishing;
  ReadRows read{world.clock};
  ReadRows begun{world.clock, kHoldFor};
  Attempts attempts;
  UploadSweeper sweeper{world.stores, log};
  FakeLeadership leadership;
  Bell room;
  CreationGate gate{world.clock};
  DeploymentHealth health{world.store, counts, log};
  Starter starter{{.store = world.store,
                   .pods = pods,
                   .sweeper = sweeper,
                   .attempts = attempts,
                   .leadership = leadership,
                   .gate = gate,
                   .clock = world.clock,
                   .log = log,
                   .rules = [this]() -> base::Result<jobs::PlanRules> {
                     return jobs::PlanRules{
                         .profiles = *world.store.ReadProfiles(),
                         .buckets = world.buckets};
                   },
                   .installation = *world.store.InstallationId()}};
  Publisher publisher{world.store, world.stores, world.clock, log, name};
  LogKeeper logs{world.store, pods, log};
  SuccessWriter successes{{.store = world.store,
                           .room = room,
                           .gate = gate,
                           .attempts = attempts,
                           .logs = logs,
                           .publishing = publishing,
                           .metrics = counts,
                           .clock = world.clock,
                           .log = log}};
  Reconciler reconciler{{.store = world.store,
                         .pods = pods,
                         .starter = starter,
                         .publisher = publisher,
                         .room = room,
                         .gate = gate,
                         .health = health,
                         .attempts = attempts,
                         .logs = logs,
                         .successes = successes,
                         .queue = queue,
                         .publishing = publishing,
                         .read = read,
                         .begun = begun,
                         .metrics = counts,
                         .clock = world.clock,
                         .log = log,
                         .self = name,
                         .installation = *world.store.InstallationId()}};
};

}  // namespace vexaa::controller

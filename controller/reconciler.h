// One job at a time: read the row, look at its pod, decide, do. Level-
// triggered: it may be called at any time, by several threads for different
// jobs, and a crash between any two lines leaves a state it goes on from.
#pragma once

#include <stop_token>
#include <string>

#include "controller/attempts.h"
#include "controller/bell.h"
#include "controller/controller_metrics.h"
#include "controller/creation_gate.h"
#include "controller/decide.h"
#include "controller/deployment_health.h"
#include "controller/log_keeper.h"
#include "controller/pod_runtime.h"
#include "controller/publisher.h"
#include "controller/read_rows.h"
#include "controller/starter.h"
#include "controller/success_writer.h"
#include "controller/work_queue.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

// What the reconciler works with; all must outlive it.
struct ReconcilerParts {
  store::JobStore& store;
  PodRuntime& pods;
  Starter& starter;
  Publisher& publisher;
  Bell& room;  // rung when a job is over
  CreationGate& gate;
  DeploymentHealth& health;
  Attempts& attempts;
  LogKeeper& logs;
  SuccessWriter& successes;
  WorkQueue& queue;
  WorkQueue& publishing;  // for Publish()
  ReadRows& read;         // of those the claim has just made
  ReadRows& begun;        // of those that have just begun to publish
  ControllerMetrics& metrics;
  const base::Clock& clock;
  base::Logger& log;
  std::string self;          // this controller, as publisher and owner
  std::string installation;  // UUID of the database
};

class Reconciler {
 public:
  explicit Reconciler(ReconcilerParts parts) : parts_(std::move(parts)) {}

  // Brings the job one step on; asks the queue for the next step.
  void Reconcile(jobs::JobId id, std::stop_token stop);
  // The same for a job that publishes, or whose retry waits until its keys are
  // cleared; any other is given to Reconcile(). It has threads of its own:
  // object storage holds up nothing else.
  void Publish(jobs::JobId id, std::stop_token stop);

 private:
  enum class Lane { kMain, kPublishing };
  struct Turn {
    Lane lane = Lane::kMain;
    jobs::Job job;
    std::vector<store::JobOutput> outputs;  // only where they are published
    PodObservation seen;
    base::Duration read_at{};
    std::stop_token stop;
  };

  void Run(Lane lane, jobs::JobId id, std::stop_token stop);
  base::Status Read(jobs::JobId id, Turn& turn);
  base::Status Step(Lane lane, jobs::JobId id, std::stop_token stop);
  base::Status Do(const Turn& turn, const DoNothing&);
  base::Status Do(const Turn& turn, const StartPod&);
  base::Status Do(const Turn& turn, const ConfirmLoss&);
  base::Status Do(const Turn& turn, const NoteWaiting& action);
  base::Status Do(const Turn& turn, const MarkRunning& action);
  base::Status Do(const Turn& turn, const BeginPublish& action);
  base::Status Do(const Turn& turn, const controller::Publish&);
  base::Status Do(const Turn& turn, const EndAttempt& action);
  base::Status Do(const Turn& turn, const Wait& action);
  base::Status Clear(const Turn& turn);
  base::Status HoldBack(const Turn& turn);
  void KeepLog(const Turn& turn, bool pod_goes);
  void NoteHealth(const Turn& turn, const EndAttempt& action);
  base::Result<jobs::RetryStep> Patient(const Turn& turn, jobs::Reason reason,
                                        const jobs::RetryStep& next);
  base::Status EndFor(const Turn& turn, jobs::Reason reason,
                      const std::string& message);
  base::Status FinishPublish(const Turn& turn, const PublishResult& result);
  void NoteUnpublished(const Turn& turn, const std::string& message);
  void RecordStart(const Turn& turn);
  bool MayHaveLeftUploads(const Turn& turn) const;
  WorkQueue& QueueOf(Lane lane);

  ReconcilerParts parts_;
};

}  // namespace vexaa::controller

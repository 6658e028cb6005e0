// Takes a claimed row to a pod: fixes its plan, has what earlier attempts left
// open cleared, creates the pod. Every step may be repeated. Thread-safe.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/attempts.h"
#include "controller/creation_gate.h"
#include "controller/leadership.h"
#include "controller/pod_runtime.h"
#include "controller/upload_sweeper.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/jobs/job_plan.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

// What the starter works with; all must outlive it.
struct StarterParts {
  store::JobStore& store;
  PodRuntime& pods;
  UploadSweeper& sweeper;
  Attempts& attempts;
  const Leadership& leadership;
  CreationGate& gate;
  const base::Clock& clock;
  base::Logger& log;
  // The profiles and places of now.
  std::function<base::Result<jobs::PlanRules>()> rules;
  std::string installation;
};

class Starter {
 public:
  explicit Starter(StarterParts parts) : parts_(std::move(parts)) {}

  enum class Step {
    kPodExists,
    kAwaitsClearing,  // its plan is fixed; Clear() must come first
  };
  // An error with a reason as detail ends the attempt by that reason; any other
  // asks to come again later. kAborted without a reason: the row moved on, or
  // was read too long ago to act on. While the gate is closed, it knows why and
  // for how long. Waits for no object storage.
  base::Result<Step> Start(const jobs::Job& job, base::Duration read_at);

  // Whether Start() came to that.
  bool AwaitsClearing(const jobs::Job& job) const;
  // Aborts what earlier attempts left open under these outputs' keys, which the
  // job has locked. Takes as long as their stores do; errors as of Start().
  base::Status Clear(const jobs::Job& job,
                     const std::vector<store::JobOutput>& outputs,
                     std::stop_token stop);

  // Plans jobs that were claimed together, those of a first attempt, and puts
  // the plans into `jobs`. A help, no promise: Start() plans who has none.
  void PlanFirst(std::vector<jobs::Job>& jobs);

 private:
  base::Result<jobs::JobPlan> Plan(const jobs::Job& job);
  bool MustClear(const jobs::Job& job) const;
  // In this attempt, after its plan was fixed.
  bool IsCleared(const jobs::Job& job) const;
  base::Status NotCleared(const jobs::Job& job, const base::Status& error);
  base::Status WhyClosed();
  base::Result<PodRequest> RequestFor(const jobs::Job& job,
                                      const jobs::JobPlan& plan);
  base::Status Create(const jobs::Job& job, const PodRequest& request);
  base::Status Adopt(const jobs::Job& job);

  const StarterParts parts_;
};

}  // namespace vexaa::controller

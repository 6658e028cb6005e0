// The controller's decisions. PURE: a row and what is seen of its pod in, one
// action out; the reconciler carries it out and decides again.
#pragma once

#include <string>
#include <variant>

#include "controller/pod_observation.h"
#include "lib/base/clock.h"
#include "lib/jobs/job.h"
#include "lib/jobs/retry_policy.h"

namespace vexaa::controller {

struct DoNothing {};
// Plan the job if it has no plan, then create its pod.
struct StartPod {};
// Ask the runtime itself whether the pod is really gone: the view may lag.
struct ConfirmLoss {};
// The pod waits: say in the row why, in the cluster's words.
struct NoteWaiting {
  jobs::Reason reason;
  std::string message;
};
struct MarkRunning {
  std::string node_name;
};
// The runner staged everything: take the row to publishing.
struct BeginPublish {
  jobs::RunOutcome outcome;
};
// Make the staged outputs visible (the publisher's work).
struct Publish {};
// The attempt is over without a result; `next` says what becomes of the job.
struct EndAttempt {
  jobs::Reason reason;
  std::string message;
  jobs::RetryStep next;
  bool delete_pod = false;
};
struct Wait {
  base::Duration time;
};

using Action =
    std::variant<DoNothing, StartPod, ConfirmLoss, NoteWaiting, MarkRunning,
                 BeginPublish, Publish, EndAttempt, Wait>;

struct DecideContext {
  std::string self;  // this controller, as publisher
  base::Time now;    // the database's
  double random = 0.5;
  // This controller created or saw the attempt's pod before.
  bool pod_known = false;
};

// A controller that published nothing for so long has lost its claim on it.
inline constexpr base::Duration kPublishTakeover = std::chrono::seconds(60);

Action Decide(const jobs::Job& job, const PodObservation& seen,
              const DecideContext& context);

}  // namespace vexaa::controller

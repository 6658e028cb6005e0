// Makes staged outputs visible, exactly once. Only this code sends Complete,
// and only for a row it holds in `publishing` (docs/adr/0003). Thread-safe.
#pragma once

#include <stop_token>
#include <string>

#include "controller/ready_lanes.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/jobs/job_plan.h"
#include "lib/objects/output_identity.h"
#include "lib/objects/store_set.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

// A Complete leaves no later than this after the row was read: past it another
// controller might have taken the row over.
inline constexpr base::Duration kHoldFor = std::chrono::seconds(5);

// What one try of publishing a row came to.
enum class PublishVerdict {
  kDone,        // every output is visible: the row may go to succeeded
  kAgain,       // not yet; try again from the top, paced
  kNotOurs,     // the row moved on, or another controller holds it
  kStagedLost,  // a staged upload is gone or changed: run the job again
  kOccupied,    // somebody else's object lies under a key
};

struct PublishResult {
  PublishVerdict verdict = PublishVerdict::kAgain;
  std::string message;  // why, unless done
};

class Publisher {
 public:
  // All must outlive the publisher; `self` names this controller.
  Publisher(store::JobStore& store, const objects::StoreSet& stores,
            const base::Clock& clock, base::Logger& log, std::string self)
      : store_(store),
        stores_(stores),
        clock_(clock),
        log_(log),
        self_(std::move(self)) {}

  // One try for a row in `publishing` that was read, with its outputs, at
  // `read_at` of the clock's Elapsed(). Writes nothing to the row but the hold.
  PublishResult Try(const jobs::Job& job,
                    const std::vector<store::JobOutput>& outputs,
                    base::Duration read_at, std::stop_token stop);
  // Those that are asked for what the job's plan makes.
  Stores StoresOf(const jobs::Job& job) const;

 private:
  struct Session {
    const jobs::Job& job;
    jobs::JobPlan plan;
    base::Duration held_since{};
    std::stop_token stop;
  };

  bool HeldAsRead(const jobs::Job& job) const;
  bool Hold(Session& session);
  objects::OutputIdentity IdentityFor(const Session& session,
                                      const store::JobOutput& output) const;
  base::Result<std::vector<objects::Place>> PlacesOf(
      const std::vector<store::JobOutput>& outputs) const;
  PublishResult TryOutput(Session& session, const objects::Place& place,
                          const store::JobOutput& output);
  PublishResult CheckKept(const Session& session, const objects::Place& place,
                          const store::JobOutput& output) const;
  PublishResult CompleteStaged(Session& session, const objects::Place& place,
                               const store::JobOutput& output);

  store::JobStore& store_;
  const objects::StoreSet& stores_;
  const base::Clock& clock_;
  base::Logger& log_;
  const std::string self_;
};

}  // namespace vexaa::controller

// Leads by a Lease, or stands by until it can. Leadership is a hint that
// spares work, never a fence: correctness comes from guarded rows.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/kube/lease_policy.h"

namespace vexaa::kube {

struct LeaderOptions {
  std::string lease_name;
  std::string identity;  // unlike any other's, also after a restart
  LeaseTiming timing;
};

class LeaderElector {
 public:
  // All references must outlive the elector.
  LeaderElector(LeaseClient& client, base::Clock& clock, base::Logger& log,
                LeaderOptions options);

  // Blocks until `stop` or until leadership was lost; one thread only, which
  // may call it again. `on_lead` is called on it when leadership begins and
  // must return at once. OK: stopped, still leading or not. kAborted: lost;
  // what was begun must stop.
  base::Status Run(std::stop_token stop, const std::function<void()>& on_lead);

  // Lets another one lead. After Run, when all work has stopped.
  void GiveUp(std::stop_token stop);

  // Whether we may act now. Turns false by itself when renewals fail.
  bool leading() const;
  // How the last look at the lease went. Any thread.
  base::Status Health() const;

 private:
  base::Status Look(std::stop_token stop);
  base::Status Try(std::stop_token stop);
  void Note(const base::Status& status);
  void Keep(Lease lease, base::Duration asked_at);
  base::Duration Pause() const;

  LeaseClient& client_;
  base::Clock& clock_;
  base::Logger& log_;
  const LeaderOptions options_;
  LeaseView view_;  // of Run's thread
  mutable std::mutex mutex_;
  base::Status last_;  // GUARDED_BY(mutex_)
  // Elapsed time at which leadership ends if it is not renewed; 0: never led.
  std::atomic<base::Duration> leads_until_{base::Duration::zero()};
};

}  // namespace vexaa::kube

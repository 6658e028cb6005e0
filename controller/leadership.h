// Who of several controllers works. Leadership spares work and is no fence: two
// that lead at once do no harm, because every write is guarded by its row.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/kube/leader_elector.h"

namespace vexaa::controller {

class Leadership {
 public:
  // Works until its token is stopped; what it started has ended by then.
  using Term = std::function<void(std::stop_token)>;

  virtual ~Leadership() = default;
  // Runs `term` whenever this controller leads, until stopped. One thread.
  virtual void Run(const Term& term, std::stop_token stop) = 0;
  // Whether to start anything now. Thread-safe.
  virtual bool leading() const = 0;
  // Why this controller could not take over; OK leading or standing by.
  virtual base::Status Health() const = 0;
};

// Leads all the time.
class SoleLeadership final : public Leadership {
 public:
  void Run(const Term& term, std::stop_token stop) override { term(stop); }
  bool leading() const override { return true; }
  base::Status Health() const override { return base::Status::Ok(); }
};

// Leads while it holds a Lease. One that loses it stops working and stands by
// again: an API server that was away costs no restart.
class LeaseLeadership final : public Leadership {
 public:
  // All must outlive it.
  LeaseLeadership(kube::LeaseClient& leases, base::Clock& clock,
                  base::Logger& log, kube::LeaderOptions options)
      : log_(log), elector_(leases, clock, log, std::move(options)) {}

  void Run(const Term& term, std::stop_token stop) override;
  bool leading() const override { return elector_.leading(); }
  base::Status Health() const override { return elector_.Health(); }

 private:
  base::Status OneTerm(const Term& term, std::stop_token stop);

  base::Logger& log_;
  kube::LeaderElector elector_;
};

}  // namespace vexaa::controller

// Who may lead, as pure functions. Only differences of the own clock count:
// the times written in a lease are for people.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/kube/lease_client.h"

namespace vexaa::kube {

// duration > renew_deadline > 1.2 x retry, or two may lead at once.
struct LeaseTiming {
  std::chrono::seconds duration{15};
  std::chrono::seconds renew_deadline{10};
  std::chrono::seconds retry{2};
};

// What we know of the lease: none was found, or it as it is stored and since
// when (elapsed time of the request's sending) it has looked like that.
struct LeaseView {
  std::optional<Lease> lease;
  base::Duration unchanged_since{};
};

enum class LeaseMove { kWait, kCreate, kTake, kRenew };

LeaseMove DecideLease(const LeaseView& view, const std::string& identity,
                      base::Duration now);

// The lease to write for a move other than kWait.
Lease LeaseToWrite(const LeaseView& view, const std::string& name,
                   const std::string& identity, const LeaseTiming& timing,
                   base::Time now);

// The lease that lets the next one lead at once.
Lease GivenUp(const Lease& held, base::Time now);

// Until when a standby may sleep: half the retry period, so that it sees soon
// when the lease is given up, or the lease's expiry.
base::Duration StandbyPause(const LeaseView& view, const LeaseTiming& timing,
                            base::Duration now);

}  // namespace vexaa::kube

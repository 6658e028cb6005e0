#include "lib/kube/lease_policy.h"

#include <algorithm>

namespace vexaa::kube {
namespace {

base::Duration ExpiresAt(const LeaseView& view) {
  return view.unchanged_since + view.lease->duration;
}

}  // namespace

LeaseMove DecideLease(const LeaseView& view, const std::string& identity,
                      base::Duration now) {
  if (!view.lease) return LeaseMove::kCreate;
  if (view.lease->holder == identity) return LeaseMove::kRenew;
  if (view.lease->holder.empty()) return LeaseMove::kTake;
  return now > ExpiresAt(view) ? LeaseMove::kTake : LeaseMove::kWait;
}

Lease LeaseToWrite(const LeaseView& view, const std::string& name,
                   const std::string& identity, const LeaseTiming& timing,
                   base::Time now) {
  Lease lease = view.lease.value_or(Lease{});
  if (lease.holder != identity) {
    lease.acquire_time = now;
    lease.transitions += view.lease ? 1 : 0;
  }
  lease.name = name;
  lease.holder = identity;
  lease.duration = timing.duration;
  lease.renew_time = now;
  return lease;
}

Lease GivenUp(const Lease& held, base::Time now) {
  Lease lease = held;
  lease.holder.clear();
  lease.duration = std::chrono::seconds(1);  // the API refuses 0
  lease.renew_time = now;
  return lease;
}

base::Duration StandbyPause(const LeaseView& view, const LeaseTiming& timing,
                            base::Duration now) {
  const base::Duration longest = base::Duration(timing.retry) / 2;
  if (!view.lease || view.lease->holder.empty()) return longest;
  // A little later than the expiry itself: then it is surely over.
  const base::Duration left =
      ExpiresAt(view) - now + std::chrono::milliseconds(10);
  return std::clamp(left, base::Duration(std::chrono::milliseconds(10)),
                    longest);
}

}  // namespace vexaa::kube

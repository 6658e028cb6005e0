#include "lib/kube/leader_elector.h"

#include <utility>

#include "lib/base/backoff.h"

namespace vexaa::kube {

using base::Code;
using base::Duration;
using base::Status;

namespace {

// A try to give up is repeated that often: somebody else's update came between.
constexpr int kGiveUpTries = 3;

}  // namespace

LeaderElector::LeaderElector(LeaseClient& client, base::Clock& clock,
                             base::Logger& log, LeaderOptions options)
    : client_(client), clock_(clock), log_(log), options_(std::move(options)) {}

bool LeaderElector::leading() const {
  return clock_.Elapsed() < leads_until_.load();
}

Status LeaderElector::Run(std::stop_token stop,
                          const std::function<void()>& on_lead) {
  bool led = false;
  while (!stop.stop_requested()) {
    if (const Status status = Try(stop); !stop.stop_requested()) Note(status);
    if (led && !leading() && !stop.stop_requested()) {
      return Status(Code::kAborted,
                    "leadership was lost: the lease was not renewed in time");
    }
    if (!led && leading()) {
      led = true;
      log_.Info("Leadership began", {{"identity", options_.identity}});
      on_lead();
    }
    clock_.Sleep(Pause(), stop);
  }
  return Status::Ok();
}

// Says it once when the lease cannot be reached, and once when it can again.
void LeaderElector::Note(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (!status.ok() && last_.ok()) {
    log_.Warn("Lease could not be read or written", {{"err", status}});
  } else if (status.ok() && !last_.ok()) {
    log_.Info("Lease can be read and written again");
  }
  last_ = status;
}

Status LeaderElector::Health() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

Status LeaderElector::Try(std::stop_token stop) {
  const bool leads = leading();
  // A leader knows the lease it wrote; anybody else has to look.
  if (!leads) RETURN_IF_ERROR(Look(stop));
  const Duration asked_at = clock_.Elapsed();
  const LeaseMove move = DecideLease(view_, options_.identity, asked_at);
  if (move == LeaseMove::kWait) return Status::Ok();
  const Lease lease =
      LeaseToWrite(view_, options_.lease_name, options_.identity,
                   options_.timing, clock_.Now());
  auto written = move == LeaseMove::kCreate ? client_.Create(lease, stop)
                                            : client_.Update(lease, stop);
  const Code code = written.status().code();
  if (code == Code::kAborted || code == Code::kAlreadyExists) {
    // Somebody was faster, or our own last reply was lost: see who.
    RETURN_IF_ERROR(Look(stop));
    const bool ours = view_.lease && view_.lease->holder == options_.identity;
    if (!ours) leads_until_ = Duration::zero();
    return Status::Ok();
  }
  RETURN_IF_ERROR(written.status());
  Keep(std::move(*written), asked_at);
  leads_until_ = asked_at + options_.timing.renew_deadline;
  return Status::Ok();
}

Status LeaderElector::Look(std::stop_token stop) {
  const Duration asked_at = clock_.Elapsed();
  auto lease = client_.Get(options_.lease_name, stop);
  if (lease.status().code() == Code::kNotFound) {
    view_ = {};
    return Status::Ok();
  }
  RETURN_IF_ERROR(lease.status());
  Keep(std::move(*lease), asked_at);
  return Status::Ok();
}

void LeaderElector::Keep(Lease lease, Duration asked_at) {
  const bool same =
      view_.lease && view_.lease->resource_version == lease.resource_version;
  if (!same) view_.unchanged_since = asked_at;
  view_.lease = std::move(lease);
}

Duration LeaderElector::Pause() const {
  const Duration retry = options_.timing.retry;
  if (leading()) return retry;
  // Standbys that start together must not stay in step.
  return base::Jitter(StandbyPause(view_, options_.timing, clock_.Elapsed()),
                      0.1, base::RandomUnit());
}

void LeaderElector::GiveUp(std::stop_token stop) {
  leads_until_ = Duration::zero();
  for (int tries = 0; tries < kGiveUpTries; ++tries) {
    if (!view_.lease || view_.lease->holder != options_.identity) return;
    const auto written =
        client_.Update(GivenUp(*view_.lease, clock_.Now()), stop);
    if (written.ok()) return;
    log_.Warn("Lease could not be given up", {{"err", written.status()}});
    if (!Look(stop).ok()) return;
  }
}

}  // namespace vexaa::kube

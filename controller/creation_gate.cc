#include "controller/creation_gate.h"

#include <algorithm>

#include "lib/base/backoff.h"
#include "lib/kube/api_error.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

constexpr base::BackoffPolicy kBackoff{.first = 1s, .cap = 30s};
// For those who come while another one tries.
constexpr base::Duration kWhileTrying = 500ms;
// Those who wait look about once a second.
constexpr base::Duration kUnattended = 3s;

}  // namespace

base::Duration CreationGate::Enter() {
  std::lock_guard lock(mutex_);
  if (why_.ok()) return base::Duration::zero();
  base::Duration now = clock_.Elapsed();
  if (now < until_) return until_ - now;
  if (trying_) return kWhileTrying;
  trying_ = true;
  return base::Duration::zero();
}

bool CreationGate::MayEnter() const {
  std::lock_guard lock(mutex_);
  return why_.ok() || (clock_.Elapsed() >= until_ && !trying_);
}

void CreationGate::Passed() {
  std::lock_guard lock(mutex_);
  why_ = base::Status::Ok();
  refusals_ = 0;
  trying_ = false;
}

void CreationGate::Refused(const base::Status& why) {
  std::lock_guard lock(mutex_);
  // Those who entered together are refused together: that counts once.
  bool again = !why_.ok() && !trying_;
  why_ = why;
  trying_ = false;
  if (again) return;
  base::Duration own = base::Jitter(base::BackoffDelay(kBackoff, refusals_++),
                                    0.2, base::RandomUnit());
  base::Duration asked =
      kube::RetryAfterOf(why).value_or(base::Duration::zero());
  until_ = clock_.Elapsed() + std::max(own, asked);
}

bool CreationGate::TakeProbe() {
  std::lock_guard lock(mutex_);
  base::Duration now = clock_.Elapsed();
  if (why_.ok() || trying_ || now < until_ + kUnattended) return false;
  until_ = now;
  return true;
}

void CreationGate::RoomMade() {
  std::lock_guard lock(mutex_);
  if (why_.code() == base::Code::kResourceExhausted) until_ = {};
}

base::Status CreationGate::why() const {
  std::lock_guard lock(mutex_);
  return why_;
}

}  // namespace vexaa::controller

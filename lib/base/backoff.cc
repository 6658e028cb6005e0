#include "lib/base/backoff.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace vexaa::base {

Duration BackoffDelay(const BackoffPolicy& policy, int repeat) {
  double delay = static_cast<double>(policy.first.count()) *
                 std::pow(policy.factor, std::max(repeat, 0));
  double cap = static_cast<double>(policy.cap.count());
  return Duration(static_cast<Duration::rep>(std::min(delay, cap)));
}

Duration Jitter(Duration delay, double share, double random) {
  double moved =
      static_cast<double>(delay.count()) * (1.0 + share * (2.0 * random - 1.0));
  return Duration(static_cast<Duration::rep>(moved));
}

double RandomUnit() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace vexaa::base

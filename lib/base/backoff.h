// Exponential delays with jitter, as pure functions.
#pragma once

#include "lib/base/clock.h"

namespace vexaa::base {

struct BackoffPolicy {
  Duration first;  // delay before the first repeat
  Duration cap;    // no delay is longer
  double factor = 2;
};

// The delay before repeat number `repeat` (0 is the first), without jitter.
Duration BackoffDelay(const BackoffPolicy& policy, int repeat);

// `delay` moved by up to +-`share` of itself; `random` is in [0, 1).
Duration Jitter(Duration delay, double share, double random);

// A number in [0, 1) from the thread's own generator.
double RandomUnit();

}  // namespace vexaa::base

#include "lib/objects/retry.h"

#include <algorithm>

#include "lib/base/backoff.h"

namespace vexaa::objects {
namespace {

// AWS's standard mode: what one repeat costs.
constexpr int kTransientCost = 14;
constexpr int kThrottledCost = 5;
// The server's wish counts up to that much beyond our own delay.
constexpr std::chrono::seconds kMostExtra(5);

int Cost(RetryClass kind) {
  return kind == RetryClass::kThrottled ? kThrottledCost : kTransientCost;
}

}  // namespace

std::optional<base::Duration> RetryBudget::Next(
    RetryClass kind, double random, std::optional<base::Duration> retry_after) {
  if (kind == RetryClass::kNever) return std::nullopt;
  if (kind == RetryClass::kOnce && damages_++ > 0) return std::nullopt;
  int repeat = failures_++;
  if (failures_ >= policy_.attempts) return std::nullopt;
  bool throttled = kind == RetryClass::kThrottled;
  base::BackoffPolicy backoff{
      .first = throttled ? policy_.throttled_base : policy_.transient_base,
      .cap = policy_.cap};
  auto delay = std::chrono::duration_cast<base::Duration>(
      base::BackoffDelay(backoff, repeat) * random);
  if (!retry_after) return delay;
  return std::clamp<base::Duration>(*retry_after, delay, delay + kMostExtra);
}

bool RetryTokens::Take(RetryClass kind) {
  std::lock_guard lock(mutex_);
  if (tokens_ < Cost(kind)) return false;
  tokens_ -= Cost(kind);
  return true;
}

void RetryTokens::Return(std::optional<RetryClass> last_repeat) {
  std::lock_guard lock(mutex_);
  int returned = last_repeat ? Cost(*last_repeat) : 1;
  tokens_ = std::min(tokens_ + returned, kCapacity);
}

}  // namespace vexaa::objects

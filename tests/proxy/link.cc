#include "tests/proxy/link.h"

#include <algorithm>

namespace vexaa::proxy {

Moment Link::Enter(Way way, size_t bytes, Moment now) {
  Moment& free_at = free_at_[static_cast<size_t>(way)];
  free_at = std::max(free_at, now);
  if (options_.bits_per_second > 0) {
    std::chrono::duration<double> takes(static_cast<double>(bytes) * 8 /
                                        options_.bits_per_second);
    free_at += std::chrono::duration_cast<std::chrono::nanoseconds>(takes);
  }
  return free_at + options_.delay;
}

std::chrono::nanoseconds Link::Queue(Way way, Moment now) const {
  Moment free_at = free_at_[static_cast<size_t>(way)];
  return std::max(std::chrono::nanoseconds(0), free_at - now);
}

}  // namespace vexaa::proxy

// The line between the proxy's two sides: when the bytes that enter it now
// arrive at its other end. Pure; one line for all connections, each direction
// by itself. Thread-compatible.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "tests/proxy/rule.h"

namespace vexaa::proxy {

using Moment = std::chrono::steady_clock::time_point;

struct LinkOptions {
  std::chrono::nanoseconds delay{0};  // one way; a round trip takes two
  double bits_per_second = 0;         // of each direction; 0: no limit
};

class Link {
 public:
  explicit Link(const LinkOptions& options) : options_(options) {}

  void Set(const LinkOptions& options) { options_ = options; }
  const LinkOptions& options() const { return options_; }

  // The bytes leave when the line is free, and arrive a delay later.
  Moment Enter(Way way, size_t bytes, Moment now);
  // What enters now has to wait that long before it leaves.
  std::chrono::nanoseconds Queue(Way way, Moment now) const;

 private:
  LinkOptions options_;
  std::array<Moment, 2> free_at_{};
};

}  // namespace vexaa::proxy

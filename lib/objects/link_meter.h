// Measures a link by the requests sent over it, to say how many bytes cost as
// much time as one more request does. Pure state. Thread-compatible.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/base/clock.h"

namespace vexaa::objects {

class LinkMeter {
 public:
  void Began(uint64_t size_bytes, base::Duration now);
  void Ended(uint64_t size_bytes, base::Duration began, base::Duration now);

  // Bytes that pass while an answer is waited for, `at_once` requests sharing
  // that wait. 0: nothing is measured yet.
  uint64_t BreakEven(int at_once) const;
  // Of all requests under way; of a usual link until enough is measured.
  double BytesPerSecond() const;

 private:
  void CountBusy(base::Duration now);

  std::optional<base::Duration> latency_;  // the shortest seen
  // Of requests large enough to fill the link: while any was under way.
  int large_now_ = 0;
  base::Duration busy_since_{};
  base::Duration busy_{};
  uint64_t busy_bytes_ = 0;
};

}  // namespace vexaa::objects

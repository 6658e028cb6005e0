// Decides whether one long request brings an object faster than several short
// ones at a time. It does where processor time is the limit and not what a
// connection carries: each request costs the server some. So it is tried on a
// link that is faster than connections which carry too little (S3: some 100
// MB/s each), for a reader that waits for its bytes. It is given up for good
// once it has been slower or has failed, or ended early twice. Pure state.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/base/clock.h"

namespace vexaa::objects {

struct LongLimits {
  // Short requests carry at least so much in all.
  double least_bytes_per_second = 400e6;
  // A long one is compared with them after so much of it, and has ended early
  // before.
  uint64_t trial_bytes = 64 << 20;
  // How long it waits until the reader wants more.
  base::Duration patience = std::chrono::seconds(1);
};

class LongRequests {
 public:
  explicit LongRequests(const LongLimits& limits) : limits_(limits) {}

  // The reader has come to its next range, `waited` for its bytes, and reads
  // from `now` on.
  void TookUp(base::Duration waited, base::Duration now);
  // Short requests carry `bytes_per_second` in all.
  bool Worthwhile(double bytes_per_second) const;
  // A long request has brought `bytes` in `took`, what it waited for the reader
  // left out, and short ones carry `bytes_per_second`. False: it should end.
  bool GoesOn(uint64_t bytes, base::Duration took, double bytes_per_second);
  // One has ended with `bytes`, before the object did.
  void EndedEarly(uint64_t bytes);
  void Failed() { given_up_ = true; }

 private:
  const LongLimits limits_;
  bool given_up_ = false;
  int early_ends_ = 0;
  bool reader_waits_ = false;  // most of its time
  int taken_up_ = 0;
  base::Duration waited_{};
  std::optional<base::Duration> since_;
};

}  // namespace vexaa::objects

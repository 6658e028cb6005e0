// Decides whether one long request, that the reader receives itself, brings an
// object faster than several short ones at a time. It does where processor time
// is the limit and not what a connection carries: each request costs the server
// some, and what threads hand over is copied once more. So it is tried on a
// link that is faster than connections which carry too little (S3: some 100
// MB/s each), for a reader that waits for its bytes. It is given up for good
// once it has been slower, or ended early twice, failed or not. Pure state.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/base/clock.h"

namespace vexaa::objects {

struct LongLimits {
  // Short requests carry at least so much in all.
  double least_bytes_per_second = 400e6;
  // A long one is compared with them after so much of it or a second, has ended
  // early before so much, and is not begun for less.
  uint64_t trial_bytes = 64 << 20;
};

class LongRequests {
 public:
  explicit LongRequests(const LongLimits& limits) : limits_(limits) {}

  // The reader has come to its next range, or so many bytes of a long request,
  // has `waited` for them, and reads from `now` on.
  void TookUp(base::Duration waited, base::Duration now);
  // A long request begins: what a reader waited for before says nothing of it.
  void Began();
  // Short requests carry `bytes_per_second` in all.
  bool Worthwhile(double bytes_per_second) const;
  // A long request has brought `bytes` in `took`, the reader's own work left
  // out, and short ones carry `bytes_per_second`. False: it should end.
  bool GoesOn(uint64_t bytes, base::Duration took, double bytes_per_second);
  // One has ended, or failed, with `bytes`.
  void EndedEarly(uint64_t bytes);

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

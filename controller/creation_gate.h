// Slows the making of pods while the cluster takes none: a quota is full, the
// API server asks for quiet (429, Retry-After) or does not answer. Closed, it
// lets one caller try when its time has come; that try opens it or closes it
// for longer. Thread-safe.
#pragma once

#include <mutex>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::controller {

class CreationGate {
 public:
  // `clock` must outlive the gate.
  explicit CreationGate(const base::Clock& clock) : clock_(clock) {}

  // Zero: create a pod now, then call Passed or Refused. Else: wait so long.
  base::Duration Enter();
  // Whether Enter would let somebody in.
  bool MayEnter() const;
  void Passed();
  void Refused(const base::Status& why);
  // True when its time has come and nobody tried for a while: those who were
  // refused may be gone (cancelled, or their pods were made after all), and it
  // would stay closed for ever. The caller then sends somebody. Says so once in
  // that while.
  bool TakeProbe();
  // A pod ended: where only a quota is in the way, there may be room now.
  void RoomMade();
  // Why it is closed; OK while it is open.
  base::Status why() const;
  bool closed() const { return !why().ok(); }

 private:
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  // All below guarded by mutex_.
  base::Status why_;
  base::Duration until_{};
  int refusals_ = 0;
  bool trying_ = false;  // one caller is inside while it is closed
};

}  // namespace vexaa::controller

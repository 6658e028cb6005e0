#include <malloc.h>
#include <sched.h>

#include <iostream>

#include "lib/base/stop_signal.h"
#include "runner/app.h"
#include "runner/sandbox.h"

namespace {

// A handful of threads pass large buffers on; glibc would give each thread an
// arena of its own and keep what was freed in all of them. Fixing the mmap
// threshold also stops it from growing with the first freed part buffer, so
// that parts go back to the system when they are sent. Without fast bins there
// is nothing to consolidate when a packet's buffer is asked for: that was 1.5 %
// of an hour to Opus.
void TuneHeap() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_MXFAST, 0);
}

// A thread that wakes up does not interrupt the one that encodes, nor what else
// runs on the machine (sched(7)). Only a hint: where it is refused, all works.
void BeBatch() {
  const sched_param none = {};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace

int main(int argc, char** argv) {
  TuneHeap();
  BeBatch();
  vexaa::base::Status sandbox = vexaa::runner::EnterSandbox();
  if (!sandbox.ok()) std::cerr << "vexaa-runner: " << sandbox.message() << "\n";
  vexaa::base::StopSignal stop_signal;
  return static_cast<int>(vexaa::runner::RunApp(
      argc, argv, vexaa::runner::ProcessEnvironment(), stop_signal.token()));
}

#include <malloc.h>

#include <iostream>

#include "lib/base/stop_signal.h"
#include "runner/app.h"
#include "runner/sandbox.h"

namespace {

// A handful of threads pass large buffers on; glibc would give each thread an
// arena of its own and keep what was freed in all of them. Fixing the mmap
// threshold also stops it from growing with the first freed part buffer, so
// that parts go back to the system when they are sent.
void KeepHeapSmall() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  KeepHeapSmall();
  vexaa::base::Status sandbox = vexaa::runner::EnterSandbox();
  if (!sandbox.ok()) std::cerr << "vexaa-runner: " << sandbox.message() << "\n";
  vexaa::base::StopSignal stop_signal;
  return static_cast<int>(vexaa::runner::RunApp(
      argc, argv, vexaa::runner::ProcessEnvironment(), stop_signal.token()));
}

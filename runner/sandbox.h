// Narrows what this process may ask of the kernel, before it looks at a byte of
// the source: whoever takes over a decoder can start no program, debug no other
// process, load no code and dump no core. What it does not stop: reading what
// the runner itself may read, and sending it to where the runner may connect.
#pragma once

#include "lib/base/status.h"

namespace vexaa::runner {

// At the very start, while there is one thread; it holds for all later ones.
// An error says what this kernel refuses; the rest is in force all the same.
base::Status EnterSandbox();

}  // namespace vexaa::runner

// libFuzzer's entry: see fuzz_input.h.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const vexaa::base::Status end =
      vexaa::fuzz::RunInput(std::as_bytes(std::span(data, size)));
  if (vexaa::fuzz::IsItsOwnFault(end)) return 0;
  std::fprintf(stderr, "ended with: %s\n", end.ToString().c_str());
  std::abort();
}

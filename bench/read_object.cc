// Reads one object as a runner reads a source, and throws the bytes away: the
// program of `bench/run read`. Usage: vexaa-bench-read s3://bucket/key, with
// the environment of a runner. Prints the bytes read.
#include <iostream>
#include <vector>

#include "lib/objects/object_reader.h"
#include "runner/settings.h"
#include "runner/stores.h"

namespace vexaa::runner {
namespace {

// What AVIO reads at once would measure calls, not reading.
constexpr size_t kChunkBytes = 256 << 10;

base::Result<uint64_t> ReadAll(const std::string& uri) {
  base::SystemClock clock;
  ASSIGN_OR_RETURN(Settings settings, ReadSettings(ProcessEnvironment()));
  ASSIGN_OR_RETURN(auto stores, Stores::Create(settings.stores, {uri}, clock));
  ASSIGN_OR_RETURN(objects::Place place, stores->Find(uri));
  ASSIGN_OR_RETURN(auto reader, objects::ObjectReader::Open(
                                    *place.store, place.path, {}, clock, {}));
  std::vector<std::byte> chunk(kChunkBytes);
  uint64_t total = 0;
  for (;;) {
    ASSIGN_OR_RETURN(size_t count, reader->Read(chunk));
    if (count == 0) return total;
    total += count;
  }
}

}  // namespace
}  // namespace vexaa::runner

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: vexaa-bench-read s3://bucket/key\n";
    return 64;
  }
  auto total = vexaa::runner::ReadAll(argv[1]);
  if (!total.ok()) {
    std::cerr << "vexaa-bench-read: " << total.status() << "\n";
    return 1;
  }
  std::cout << *total << "\n";
}

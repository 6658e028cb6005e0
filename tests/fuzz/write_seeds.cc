// Writes the hostile files of the unit tests where the fuzzer finds them, each
// with the two bytes that ask for everything.
#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tests/unit/runner/media/hostile_files.h"

namespace {

using vexaa::media::HostileFile;

// Metadata, silence, thumbnail, loudness and audio, as media_fuzz reads it.
constexpr char kEverything[] = {0, 31};

bool Write(const std::string& path, const HostileFile& file) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(file.bytes.data()),
            static_cast<std::streamsize>(file.bytes.size()));
  out.write(kEverything, sizeof kEverything);
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const vexaa::media::Canary canary{"http://127.0.0.1:9/canary", "/canary", 9};
  int number = 0;
  for (const auto& files :
       {vexaa::media::FilesThatName(canary),
        vexaa::media::FilesWithGiantTables(),
        vexaa::media::FilesWithWildTimes(), vexaa::media::FilesWithLoops(),
        vexaa::media::FilesWithWildClaims(),
        vexaa::media::FilesOfWildSamples()})
    for (const HostileFile& file : files)
      if (!Write(std::string(argv[1]) + "/hostile-" + std::to_string(++number),
                 file))
        return 74;
  std::cout << number << " hostile files\n";
  return 0;
}

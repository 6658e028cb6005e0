// Small files made to harm whoever reads them: they name other files and
// places, claim giant tables, times that go wild, loops. All are made here, so
// that they can name a canary of the test.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vexaa::media {

struct HostileFile {
  std::string name;  // for people: "playlist"
  std::vector<std::byte> bytes;
};

// What no reader may touch.
struct Canary {
  std::string url;   // "http://127.0.0.1:1234/canary"
  std::string path;  // of a file
  int port = 0;
};

std::vector<HostileFile> FilesThatName(const Canary& canary);
std::vector<HostileFile> FilesWithGiantTables();
std::vector<HostileFile> FilesWithWildTimes();
std::vector<HostileFile> FilesWithLoops();
std::vector<HostileFile> FilesWithWildClaims();
// WAV whose samples are not numbers, infinite, or 600 dB too loud.
std::vector<HostileFile> FilesOfWildSamples();
// 25 hours of silence in some 80 KiB.
HostileFile SilenceBomb();

}  // namespace vexaa::media

// A file and a loopback port that notice when anybody touches them.
#pragma once

#include <string>

#include "lib/base/unique_fd.h"
#include "tests/unit/runner/media/hostile_files.h"

namespace vexaa::media {

class CanaryTrap {
 public:
  // Ends the program when it cannot be set up.
  CanaryTrap();
  ~CanaryTrap();
  CanaryTrap(const CanaryTrap&) = delete;
  CanaryTrap& operator=(const CanaryTrap&) = delete;

  const Canary& canary() const { return canary_; }
  // "the file", "the port" or nothing.
  std::string Touched();

 private:
  void MakeFile();
  void Listen();

  Canary canary_;
  base::UniqueFd watch_;     // inotify on the file
  base::UniqueFd listener_;  // TCP, not blocking
  base::UniqueFd receiver_;  // UDP on the same port
};

}  // namespace vexaa::media

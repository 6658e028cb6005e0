// Outputs made in memory, and their sound: what the tests of copies share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job_plan.h"
#include "runner/audio_pipeline.h"

namespace vexaa::runner {

struct Made {
  base::Status status;
  std::vector<std::byte> file;
  OutputReport output;
  uint64_t bytes_read = 0;
};

// One output of the movie; `settings`: a profile as JSON.
Made Make(const std::vector<std::byte>& movie, const std::string& settings,
          const jobs::Clip& clip, bool loudness = false);

// Both channels of a movie, or of its clip.
std::vector<int16_t> Decode(const std::vector<std::byte>& movie,
                            const jobs::Clip& clip = {});

// The largest difference of `samples` of both channels, from `first_sample` of
// the whole on; 65,536 where one of them ends.
int FarthestFrom(const std::vector<int16_t>& whole, size_t first_sample,
                 const std::vector<int16_t>& part, size_t samples);

}  // namespace vexaa::runner

// Frames of sound for tests.
#pragma once

#include <vector>

#include "runner/media/libav.h"

namespace vexaa::media {

// Samples from -1 to 1; packed formats take them interleaved, planar ones give
// every channel the same.
FramePtr MakeSound(const std::vector<float>& samples, AVSampleFormat format,
                   int rate, int channels);

}  // namespace vexaa::media

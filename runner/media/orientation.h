// How a video's pictures are turned to be upright: phones film as they are held
// and say so beside the video.
#pragma once

#include <cstdint>
#include <span>

#include "lib/base/status.h"
#include "runner/media/libav.h"

namespace vexaa::media {

// First the axes are exchanged, then the result is mirrored.
struct Orientation {
  bool exchange_axes = false;
  bool mirror_x = false;
  bool mirror_y = false;
  bool upright() const { return !exchange_axes && !mirror_x && !mirror_y; }
  bool operator==(const Orientation&) const = default;
};

// Of a display matrix as libav has it, to the next quarter turn. PURE.
Orientation OrientationOf(std::span<const int32_t, 9> matrix);
// The container's word, else that of the picture itself, else none.
Orientation OrientationOf(const AVStream& stream, const AVFrame& picture);

// The 8-bit planar picture, turned. OutOfMemory.
base::Result<FramePtr> Turn(const AVFrame& picture,
                            const Orientation& orientation);

}  // namespace vexaa::media

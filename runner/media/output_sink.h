// Where a muxed file goes: bytes in order, the first ones last.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::media {

// One file's bytes. A muxer patches sizes and sample counts into the start of
// the file when it ends, so the first head_bytes() are kept back until Finish.
// Used by one thread at a time. Nothing after an error, and no Finish after a
// failed run: the owner throws the output away.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // How many of the first bytes may change until Finish; 0: a pipe, and the
  // muxer writes what it can know beforehand.
  virtual size_t head_bytes() const = 0;
  // The bytes after the head, in order.
  virtual base::Status Write(std::span<const std::byte> data) = 0;
  // Once, last: the head, shorter than head_bytes() only when the whole file
  // is.
  virtual base::Status Finish(std::span<const std::byte> head) = 0;
};

// Gives the place for a file of that media type, "audio/mp4": asked once, when
// it is known what is written. The sink outlives the run.
using OpenSink =
    std::function<base::Result<OutputSink*>(std::string_view content_type)>;

}  // namespace vexaa::media

// Finds the size of videos whose container does not tell it, by parsing their
// pictures' headers; nothing is decoded. Thread-compatible.
#pragma once

#include <set>

#include "runner/media/libav.h"

namespace vexaa::media {

class PictureSizes {
 public:
  explicit PictureSizes(const AVFormatContext& format);

  bool known() const { return missing_.empty(); }
  // Puts the size into the stream's parameters when the packet tells it.
  void Look(AVStream& stream, const AVPacket& packet);

 private:
  std::set<int> missing_;  // the streams that are still to be found
};

}  // namespace vexaa::media

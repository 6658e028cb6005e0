// The bytes of a watch in protobuf, cut into frames: one event each, behind
// its length in four bytes. Pure; holds at most one unfinished frame, which
// counts as not sent when the stream ends in it. Thread-compatible.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lib/base/status.h"
#include "lib/kube/watch_decoder.h"

namespace vexaa::kube {

class WatchFrames {
 public:
  // An error it returns ends the feeding and is returned by Feed.
  using OnFrame = std::function<base::Status(std::string_view frame)>;

  explicit WatchFrames(size_t max_frame = kMaxWatchLine)
      : max_frame_(max_frame) {}

  // kDataLoss: a frame is longer than the limit.
  base::Status Feed(std::string_view chunk, const OnFrame& on_frame);

 private:
  const size_t max_frame_;
  std::string partial_;  // with its length before it
};

}  // namespace vexaa::kube

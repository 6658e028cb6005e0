// The bytes of a watch, cut into lines: one JSON event each. Pure; holds at
// most one unfinished line. What is left at the end of the stream was cut off
// in the middle and counts as not sent. Thread-compatible.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::kube {

// An object in etcd is at most 1.5 MiB; JSON of it may be somewhat longer.
inline constexpr size_t kMaxWatchLine = 4 << 20;

class WatchDecoder {
 public:
  // An error it returns ends the feeding and is returned by Feed.
  using OnLine = std::function<base::Status(std::string_view line)>;

  explicit WatchDecoder(size_t max_line = kMaxWatchLine)
      : max_line_(max_line) {}

  // kDataLoss: a line is longer than the limit.
  base::Status Feed(std::string_view chunk, const OnLine& on_line);

 private:
  base::Status Hold(std::string_view part);

  const size_t max_line_;
  std::string partial_;
};

}  // namespace vexaa::kube

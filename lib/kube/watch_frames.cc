#include "lib/kube/watch_frames.h"

namespace vexaa::kube {
namespace {

constexpr size_t kHead = 4;

// Big-endian.
size_t LengthOf(std::string_view head) {
  size_t length = 0;
  for (char byte : head.substr(0, kHead))
    length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

}  // namespace

base::Status WatchFrames::Feed(std::string_view chunk,
                               const OnFrame& on_frame) {
  partial_.append(chunk);
  std::string_view rest = partial_;
  base::Status status;
  while (status.ok() && rest.size() >= kHead) {
    const size_t length = LengthOf(rest);
    if (length > max_frame_)
      status = base::Status(base::Code::kDataLoss,
                            "the watch sent an event of more than " +
                                std::to_string(max_frame_) + " bytes");
    if (!status.ok() || rest.size() - kHead < length) break;
    status = on_frame(rest.substr(kHead, length));
    rest.remove_prefix(kHead + length);
  }
  partial_.erase(0, partial_.size() - rest.size());
  return status;
}

}  // namespace vexaa::kube

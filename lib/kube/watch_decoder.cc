#include "lib/kube/watch_decoder.h"

namespace vexaa::kube {

base::Status WatchDecoder::Feed(std::string_view chunk, const OnLine& on_line) {
  while (true) {
    const size_t end = chunk.find('\n');
    RETURN_IF_ERROR(Hold(chunk.substr(0, end)));
    if (end == std::string_view::npos) return base::Status::Ok();
    chunk.remove_prefix(end + 1);
    const std::string line = std::move(partial_);
    partial_.clear();
    if (!line.empty()) RETURN_IF_ERROR(on_line(line));
  }
}

base::Status WatchDecoder::Hold(std::string_view part) {
  if (partial_.size() + part.size() > max_line_) {
    return base::Status(base::Code::kDataLoss,
                        "the watch sent a line of more than " +
                            std::to_string(max_line_) + " bytes");
  }
  partial_.append(part);
  return base::Status::Ok();
}

}  // namespace vexaa::kube

// Collects one byte range of one object version from as many ranged answers as
// it takes, and refuses every answer that is not that range. Thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "lib/base/status.h"
#include "lib/http/http_transport.h"

namespace vexaa::objects {

class RangeBody {
 public:
  // `etag` empty: the first answer's version is pinned.
  RangeBody(std::string_view etag, uint64_t offset, std::span<std::byte> out)
      : etag_(etag), offset_(offset), out_(out) {}

  bool done() const { return received_ == out_.size(); }
  uint64_t next_offset() const { return offset_ + received_; }
  size_t missing() const { return out_.size() - received_; }
  const std::string& etag() const { return etag_; }

  // Call before each request.
  void StartAnswer() { checked_ = false; }
  // An http::OnBody. kFailedPrecondition: another version; kDataLoss: other
  // bytes than asked for.
  base::Status Take(const http::Response& response,
                    std::span<const std::byte> bytes);

 private:
  base::Status CheckVersion(const http::Response& response);
  base::Status CheckRange(const http::Response& response) const;

  std::string etag_;
  const uint64_t offset_;
  const std::span<std::byte> out_;
  size_t received_ = 0;
  bool checked_ = false;
};

}  // namespace vexaa::objects

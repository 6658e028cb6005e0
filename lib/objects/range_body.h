// Collects one byte range of one object version from as many ranged answers as
// it takes, keeps what is wanted of its parts, and refuses every answer that is
// not that range. Thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

class RangeBody {
 public:
  // `etag` empty: the first answer's version is pinned. Asks for the first
  // part at once; `next` must outlive the body.
  RangeBody(std::string_view etag, const base::ByteRange& range,
            const NextPart& next)
      : etag_(etag), range_(range), next_(next), part_(next()) {}

  bool done() const { return ended() || received_ == range_.size; }
  // No more of the range is asked for.
  bool ended() const { return !part_; }
  uint64_t next_offset() const { return range_.offset + received_; }
  uint64_t missing() const { return range_.size - received_; }
  const std::string& etag() const { return etag_; }

  // Call before each request.
  void StartAnswer() { checked_ = false; }
  // An http::OnBody. kFailedPrecondition: another version; kDataLoss: other
  // bytes than asked for; kCancelled: the read has ended() with these.
  base::Status Take(const http::Response& response,
                    std::span<const std::byte> bytes);

 private:
  base::Status CheckVersion(const http::Response& response);
  base::Status CheckRange(const http::Response& response) const;
  bool KeepOfPart(std::span<const std::byte> bytes, uint64_t to);
  void Keep(std::span<const std::byte> bytes);

  std::string etag_;
  const base::ByteRange range_;
  const NextPart& next_;
  // What is not complete yet of the part that comes.
  std::optional<ReadPart> part_;
  uint64_t received_ = 0;
  bool checked_ = false;
};

}  // namespace vexaa::objects

// Collects one byte range of one object version from as many ranged answers as
// it takes, keeps what is wanted of it, and refuses every answer that is not
// that range. Thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

// Whether an answer's headers, and a status of success, are those of `range` of
// that version, or of its beginning. kFailedPrecondition: another version;
// kDataLoss: other bytes than asked for.
base::Status CheckAnswer(const http::Response& response, std::string_view etag,
                         const base::ByteRange& range);

class RangeBody {
 public:
  // `etag` empty: the first answer's version is pinned. `wanted` must outlive
  // the body.
  RangeBody(std::string_view etag, const base::ByteRange& range,
            std::span<const WantedBytes> wanted)
      : etag_(etag), missing_(range), wanted_(wanted) {}

  bool done() const { return missing_.size == 0; }
  // What is still to be asked for.
  const base::ByteRange& missing() const { return missing_; }
  const std::string& etag() const { return etag_; }

  // Call before each request.
  void StartAnswer() { checked_ = false; }
  // An http::OnBody. Errors as of CheckAnswer.
  base::Status Take(const http::Response& response,
                    std::span<const std::byte> bytes);

 private:
  void Keep(std::span<const std::byte> bytes);

  std::string etag_;
  base::ByteRange missing_;
  std::span<const WantedBytes> wanted_;  // not complete yet
  bool checked_ = false;
};

}  // namespace vexaa::objects

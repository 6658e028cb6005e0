#include "lib/objects/range_body.h"

#include <algorithm>

#include "lib/objects/s3_response.h"

namespace vexaa::objects {

using base::ByteRange;
using base::Code;
using base::Status;

namespace {

Status CheckVersion(const http::Response& response, std::string_view etag) {
  auto found = response.Find("etag");
  if (!found || etag.empty() || BareEtag(*found) == BareEtag(etag)) {
    return Status::Ok();
  }
  // A store that ignores If-Match ends here instead of in a spliced read.
  return Status(Code::kFailedPrecondition,
                "the object was replaced while it was read",
                "PreconditionFailed");
}

Status CheckRange(const http::Response& response, const ByteRange& asked) {
  if (response.status != 206) {
    bool whole = asked.offset == 0 &&
                 response.Find("content-length") == std::to_string(asked.size);
    if (whole) return Status::Ok();
    return Status(Code::kDataLoss,
                  "the store ignored the Range header (HTTP " +
                      std::to_string(response.status) + " instead of 206)",
                  "RangeIgnored");
  }
  auto text = response.Find("content-range").value_or("");
  auto range = ParseContentRange(text);
  bool right =
      range.ok() && range->first == asked.offset && range->last < asked.end();
  if (right) return Status::Ok();
  return Status(Code::kDataLoss,
                "the store sent another range (\"" + std::string(text) +
                    "\") than " + std::to_string(asked.size) + " bytes from " +
                    std::to_string(asked.offset),
                "WrongRange");
}

}  // namespace

Status CheckAnswer(const http::Response& response, std::string_view etag,
                   const ByteRange& range) {
  RETURN_IF_ERROR(CheckVersion(response, etag));
  return CheckRange(response, range);
}

void RangeBody::Keep(std::span<const std::byte> bytes) {
  const uint64_t from = missing_.offset;
  const uint64_t to = from + bytes.size();
  for (; !wanted_.empty(); wanted_ = wanted_.subspan(1)) {
    const WantedBytes& piece = wanted_.front();
    uint64_t begin = std::max(piece.offset, from);
    uint64_t end = std::min(piece.end(), to);
    if (begin < end) {
      auto kept = bytes.subspan(begin - from, end - begin);
      std::copy(
          kept.begin(), kept.end(),
          piece.out.begin() + static_cast<ptrdiff_t>(begin - piece.offset));
    }
    if (piece.end() > to) return;
  }
}

Status RangeBody::Take(const http::Response& response,
                       std::span<const std::byte> bytes) {
  if (!checked_) {
    RETURN_IF_ERROR(CheckAnswer(response, etag_, missing_));
    if (etag_.empty()) etag_ = response.Find("etag").value_or("");
    checked_ = true;
  }
  if (bytes.size() > missing_.size) {
    return Status(Code::kDataLoss, "the store sent more bytes than asked for",
                  "WrongRange");
  }
  Keep(bytes);
  missing_ = {missing_.offset + bytes.size(), missing_.size - bytes.size()};
  return Status::Ok();
}

}  // namespace vexaa::objects

#include "lib/objects/range_body.h"

#include <algorithm>

#include "lib/objects/s3_response.h"

namespace vexaa::objects {

using base::Code;
using base::Status;

Status RangeBody::CheckVersion(const http::Response& response) {
  auto etag = response.Find("etag");
  if (!etag) return Status::Ok();
  if (etag_.empty()) etag_ = *etag;
  if (BareEtag(*etag) == BareEtag(etag_)) return Status::Ok();
  // A store that ignores If-Match ends here instead of in a spliced read.
  return Status(Code::kFailedPrecondition,
                "the object was replaced while it was read",
                "PreconditionFailed");
}

Status RangeBody::CheckRange(const http::Response& response) const {
  if (response.status != 206) {
    bool whole = range_.offset == 0 && received_ == 0 &&
                 response.Find("content-length") == std::to_string(range_.size);
    if (whole) return Status::Ok();
    return Status(Code::kDataLoss,
                  "the store ignored the Range header (HTTP " +
                      std::to_string(response.status) + " instead of 206)",
                  "RangeIgnored");
  }
  auto text = response.Find("content-range").value_or("");
  auto range = ParseContentRange(text);
  bool right =
      range.ok() && range->first == next_offset() && range->last < range_.end();
  if (right) return Status::Ok();
  return Status(Code::kDataLoss,
                "the store sent another range (\"" + std::string(text) +
                    "\") than " + std::to_string(missing()) + " bytes from " +
                    std::to_string(next_offset()),
                "WrongRange");
}

// Whether the part is complete with these, the last of which lies before `to`.
bool RangeBody::KeepOfPart(std::span<const std::byte> bytes, uint64_t to) {
  const uint64_t from = to - bytes.size();
  auto& wanted = part_->wanted;
  for (; !wanted.empty(); wanted = wanted.subspan(1)) {
    const WantedBytes& piece = wanted.front();
    uint64_t begin = std::max(piece.offset, from);
    uint64_t end = std::min(piece.end(), to);
    if (begin < end) {
      auto kept = bytes.subspan(begin - from, end - begin);
      std::copy(
          kept.begin(), kept.end(),
          piece.out.begin() + static_cast<ptrdiff_t>(begin - piece.offset));
    }
    if (piece.end() > to) return false;
  }
  return part_->range.end() <= to;
}

void RangeBody::Keep(std::span<const std::byte> bytes) {
  const uint64_t to = next_offset() + bytes.size();
  while (part_ && KeepOfPart(bytes, to)) {
    if (part_->range.end() == range_.end()) return;
    part_ = next_();
  }
}

Status RangeBody::Take(const http::Response& response,
                       std::span<const std::byte> bytes) {
  if (!checked_) {
    RETURN_IF_ERROR(CheckVersion(response));
    RETURN_IF_ERROR(CheckRange(response));
    checked_ = true;
  }
  if (bytes.size() > missing()) {
    return Status(Code::kDataLoss, "the store sent more bytes than asked for",
                  "WrongRange");
  }
  Keep(bytes);
  received_ += bytes.size();
  if (!ended()) return Status::Ok();
  return Status(Code::kCancelled, "no more of the range is wanted");
}

}  // namespace vexaa::objects

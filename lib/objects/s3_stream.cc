#include "lib/objects/s3_stream.h"

namespace vexaa::objects {

using base::Code;
using base::Status;

Status S3Stream::Read(uint64_t offset, std::span<std::byte> out) {
  if (offset < at_) {
    return Status(Code::kInvalidArgument, "a stream does not go back");
  }
  body_->Skip(offset - at_);
  at_ = offset;
  ASSIGN_OR_RETURN(size_t count, body_->Read(out));
  at_ += count;
  if (count == out.size()) return Status::Ok();
  return Status(Code::kUnavailable, "the answer ended before its range",
                "ShortBody");
}

}  // namespace vexaa::objects

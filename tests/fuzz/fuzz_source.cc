#include "tests/fuzz/fuzz_source.h"

#include <algorithm>

namespace vexaa::fuzz {

base::Result<size_t> FuzzSource::Read(std::span<std::byte> out) {
  if (--reads_left_ < 0) stop_.request_stop();
  const uint64_t left = size_ - std::min(size_, offset_);
  const auto count = static_cast<size_t>(std::min<uint64_t>(out.size(), left));
  const uint64_t real =
      bytes_.size() - std::min<uint64_t>(bytes_.size(), offset_);
  const auto copied = static_cast<size_t>(std::min<uint64_t>(count, real));
  if (copied > 0)
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset_), copied,
                out.begin());
  std::fill(out.begin() + static_cast<ptrdiff_t>(copied),
            out.begin() + static_cast<ptrdiff_t>(count), std::byte{0});
  offset_ += count;
  return count;
}

base::Status FuzzSource::Seek(uint64_t offset) {
  if (offset > size_)
    return base::Status(base::Code::kInvalidArgument, "seek past the end");
  offset_ = offset;
  return base::Status::Ok();
}

}  // namespace vexaa::fuzz

#include "runner/pipe_target.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "lib/base/digest.h"
#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

using base::Status;

// How soon a stop is seen while nobody reads the pipe.
constexpr int kPollMilliseconds = 100;

// A pipe that is ready takes that much without blocking.
constexpr size_t kChunkBytes = PIPE_BUF;

Status WriteFailed() {
  return jobs::Fail(
      jobs::Reason::kStorageUnavailable,
      std::string("stdout cannot be written: ") +
          (errno == EPIPE ? "its reader has gone" : std::strerror(errno)));
}

}  // namespace

Status PipeTarget::Open(std::string_view, uint64_t, std::stop_token stop) {
  stop_ = std::move(stop);
  return Status::Ok();
}

Status PipeTarget::Write(std::span<const std::byte> data) {
  crc_ = base::Crc32(data, crc_);
  while (!data.empty()) {
    if (stop_.stop_requested())
      return Status(base::Code::kCancelled, "stopped");
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, kPollMilliseconds) == 0) continue;
    ssize_t written =
        ::write(fd_, data.data(), std::min(data.size(), kChunkBytes));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return WriteFailed();
    data = data.subspan(static_cast<size_t>(written));
  }
  return Status::Ok();
}

Status PipeTarget::Finish(std::span<const std::byte> head) {
  return Write(head);
}

Status PipeTarget::Seal(jobs::OutputResult& result) {
  result.crc32 = base::Hex32(crc_);
  return Status::Ok();
}

}  // namespace vexaa::runner

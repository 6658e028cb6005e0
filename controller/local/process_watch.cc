#include "controller/local/process_watch.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

#include "controller/local/file_io.h"

namespace vexaa::controller {

using base::Result;
using base::Status;
using base::UniqueFd;

Result<ProcessWatch> ProcessWatch::Make() {
  ProcessWatch watch;
  watch.epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  watch.wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!watch.epoll_.valid() || !watch.wake_.valid())
    return ErrnoStatus("watch processes", errno);
  RETURN_IF_ERROR(watch.Add(watch.wake_.get()));
  return watch;
}

Status ProcessWatch::Add(int pidfd) {
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = pidfd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, pidfd, &wanted) != 0)
    return ErrnoStatus("watch a process", errno);
  return Status::Ok();
}

void ProcessWatch::Wake() {
  uint64_t one = 1;
  // A full counter wakes as well.
  [[maybe_unused]] ssize_t ignored = ::write(wake_.get(), &one, sizeof(one));
}

void ProcessWatch::Wait(base::Duration at_most) {
  auto millis = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
  epoll_event seen[8];
  ::epoll_wait(epoll_.get(), seen, 8,
               static_cast<int>(std::clamp<int64_t>(millis, 1, 60'000)));
  uint64_t count = 0;
  [[maybe_unused]] ssize_t ignored = ::read(wake_.get(), &count, sizeof(count));
}

}  // namespace vexaa::controller

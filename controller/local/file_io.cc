#include "controller/local/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace vexaa::controller {
namespace {

using base::Code;
using base::Result;
using base::Status;
using base::UniqueFd;

Code CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return Code::kNotFound;
    case EEXIST:
      return Code::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return Code::kResourceExhausted;
    default:
      return Code::kInternal;
  }
}

Status WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("write " + path, errno);
    text.remove_prefix(static_cast<size_t>(count));
  }
  return Status::Ok();
}

// Reads until `text` is full or the file ends, from `offset` on.
Status ReadInto(int fd, off_t offset, const std::string& path,
                std::string& text) {
  size_t filled = 0;
  while (filled < text.size()) {
    ssize_t count = ::pread(fd, text.data() + filled, text.size() - filled,
                            offset + static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("read " + path, errno);
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  text.resize(filled);
  return Status::Ok();
}

Result<size_t> SizeOf(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return ErrnoStatus("stat " + path, errno);
  return static_cast<size_t>(info.st_size);
}

}  // namespace

Status ErrnoStatus(const std::string& what, int error) {
  return Status(CodeOf(error), "cannot " + what + ": " +
                                   std::generic_category().message(error));
}

Result<UniqueFd> OpenFile(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return ErrnoStatus("open " + path, errno);
  // Never one of 0 to 3: those are set up anew for a child.
  static constexpr int kFirstFree = 10;
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFree));
  if (!moved.valid()) return ErrnoStatus("open " + path, errno);
  return moved;
}

Result<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_RDONLY));
  // /proc tells no sizes: read one byte more than is allowed instead.
  std::string text(max_bytes + 1, '\0');
  RETURN_IF_ERROR(ReadInto(fd.get(), 0, path, text));
  if (text.size() > max_bytes)
    return Status(
        Code::kFailedPrecondition,
        path + " is longer than " + std::to_string(max_bytes) + " bytes");
  return text;
}

Status WriteSmallFile(const std::string& path, std::string_view text,
                      Durability durability) {
  std::string temporary = path + ".tmp";
  ASSIGN_OR_RETURN(UniqueFd fd,
                   OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC));
  RETURN_IF_ERROR(WriteAll(fd.get(), text, temporary));
  bool durable = durability == Durability::kPowerLoss;
  if (durable && ::fsync(fd.get()) != 0)
    return ErrnoStatus("sync " + temporary, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return ErrnoStatus("rename " + temporary, errno);
  if (!durable) return Status::Ok();
  return SyncFolder(path.substr(0, path.rfind('/')));
}

Status SyncFolder(const std::string& path) {
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return ErrnoStatus("sync " + path, errno);
  return Status::Ok();
}

bool FileExists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

Result<base::Time> ModifiedAt(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    return ErrnoStatus("stat " + path, errno);
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::seconds(info.st_mtim.tv_sec) +
      std::chrono::nanoseconds(info.st_mtim.tv_nsec)));
}

Result<std::string> ReadTail(const std::string& path, size_t max_bytes) {
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_RDONLY));
  ASSIGN_OR_RETURN(size_t size, SizeOf(fd.get(), path));
  std::string text(std::min(size, max_bytes), '\0');
  RETURN_IF_ERROR(
      ReadInto(fd.get(), static_cast<off_t>(size - text.size()), path, text));
  return text;
}

}  // namespace vexaa::controller

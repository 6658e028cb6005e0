#include "lib/objects/folder_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;
using base::UniqueFd;

constexpr std::string_view kMetadataPrefix = "vexaa-";
constexpr std::string_view kAttributePrefix = "user.vexaa.";
// So that a stop is seen while a slow disk works.
constexpr size_t kPieceBytes = 1 << 20;
constexpr mode_t kFileMode = 0666;    // less the umask
constexpr mode_t kFolderMode = 0777;  // less the umask

Code CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
      return Code::kPermissionDenied;
    case EEXIST:
      return Code::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Code::kResourceExhausted;
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case EINVAL:
      return Code::kInvalidArgument;
    default:
      return Code::kUnavailable;
  }
}

bool IsLink(const UniqueFd& folder, const std::string& name) {
  struct stat info;
  return fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISLNK(info.st_mode);
}

// Says a refused link by its name: the errno differs by how it was opened.
Status OpenError(const UniqueFd& folder, const std::string& name) {
  int error = errno;
  if ((error == ELOOP || error == ENOTDIR) && IsLink(folder, name)) {
    return Status(Code::kPermissionDenied,
                  name + " is a symbolic link, which is not followed",
                  "SymbolicLink");
  }
  return FromErrno(error, "open " + name);
}

UniqueFd OpenAt(const UniqueFd& folder, const std::string& name, int flags) {
  int fd = openat(folder.get(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW,
                  kFileMode);
  return UniqueFd(fd);
}

// Enters one folder below; makes it first when it is missing and may be made.
Result<UniqueFd> Enter(const UniqueFd& folder, const std::string& name,
                       Missing missing) {
  UniqueFd entered = OpenAt(folder, name, O_PATH | O_DIRECTORY);
  if (entered.valid()) return entered;
  if (errno != ENOENT || missing == Missing::kFail) {
    return OpenError(folder, name);
  }
  if (mkdirat(folder.get(), name.c_str(), kFolderMode) != 0 &&
      errno != EEXIST) {
    return FromErrno(errno, "create folder " + name);
  }
  RETURN_IF_ERROR(SyncFolder(folder));
  entered = OpenAt(folder, name, O_PATH | O_DIRECTORY);
  if (!entered.valid()) return OpenError(folder, name);
  return entered;
}

}  // namespace

Status FromErrno(int error, const std::string& what) {
  const char* name = strerrorname_np(error);
  return Status(CodeOf(error), what + ": " + strerrordesc_np(error),
                name != nullptr ? name : "");
}

Result<UniqueFd> OpenFolder(const FolderPath& path, Missing missing) {
  // A configured root may itself be a link: whoever configures is trusted.
  UniqueFd folder(open(path.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() && (errno == ENOENT || errno == ENOTDIR)) {
    // Not kNotFound: a volume that is not mounted proves nothing about files.
    return Status(Code::kUnavailable,
                  "the configured folder root " + path.root +
                      " is not there: mount it or correct the configuration",
                  "RootMissing");
  }
  if (!folder.valid()) return FromErrno(errno, "open root " + path.root);
  for (const std::string& name : path.folders) {
    ASSIGN_OR_RETURN(folder, Enter(folder, name, missing));
  }
  return folder;
}

Result<UniqueFd> OpenFile(const UniqueFd& folder, const std::string& name,
                          int flags) {
  UniqueFd file = OpenAt(folder, name, flags | O_NONBLOCK);
  if (!file.valid()) return OpenError(folder, name);
  ASSIGN_OR_RETURN(struct stat info, Stat(file));
  if (!S_ISREG(info.st_mode)) {
    return Status(Code::kInvalidArgument, name + " is not a regular file",
                  "NotAFile");
  }
  return file;
}

Result<UniqueFd> CreateFile(const UniqueFd& folder, const std::string& name) {
  UniqueFd file = OpenAt(folder, name, O_RDWR | O_CREAT | O_EXCL);
  if (!file.valid()) return OpenError(folder, name);
  return file;
}

Result<struct stat> Stat(const UniqueFd& file) {
  struct stat info;
  if (fstat(file.get(), &info) != 0) return FromErrno(errno, "stat");
  return info;
}

Status SyncFolder(const UniqueFd& folder) {
  UniqueFd readable(
      openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable.valid() || fsync(readable.get()) != 0) {
    return FromErrno(errno, "make the folder durable");
  }
  return Status::Ok();
}

Result<std::vector<std::string>> ListNames(const UniqueFd& folder) {
  UniqueFd readable(
      openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable.valid()) return FromErrno(errno, "list the folder");
  std::unique_ptr<DIR, int (*)(DIR*)> list(fdopendir(readable.get()), closedir);
  if (!list) return FromErrno(errno, "list the folder");
  (void)readable.Release();  // closedir closes it
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(list.get())) {
    names.emplace_back(entry->d_name);
  }
  if (errno != 0) return FromErrno(errno, "list the folder");
  return names;
}

Status ReadAt(const UniqueFd& file, uint64_t offset, std::span<std::byte> out,
              std::stop_token stop) {
  while (!out.empty()) {
    if (stop.stop_requested()) return Status(Code::kCancelled, "stopped");
    size_t size = std::min(out.size(), kPieceBytes);
    ssize_t count =
        pread(file.get(), out.data(), size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(errno, "read");
    if (count == 0) {
      return Status(Code::kFailedPrecondition,
                    "the file became shorter while it was read",
                    "PreconditionFailed");
    }
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return Status::Ok();
}

Status WriteAt(const UniqueFd& file, uint64_t offset,
               std::span<const std::byte> data, std::stop_token stop) {
  while (!data.empty()) {
    if (stop.stop_requested()) return Status(Code::kCancelled, "stopped");
    size_t size = std::min(data.size(), kPieceBytes);
    ssize_t count =
        pwrite(file.get(), data.data(), size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(errno, "write");
    offset += static_cast<uint64_t>(count);
    data = data.subspan(static_cast<size_t>(count));
  }
  return Status::Ok();
}

Status SetMetadata(const UniqueFd& file,
                   const std::map<std::string, std::string>& metadata) {
  for (const auto& [name, value] : metadata) {
    if (!name.starts_with(kMetadataPrefix)) continue;
    std::string attribute =
        std::string(kAttributePrefix) + name.substr(kMetadataPrefix.size());
    if (fsetxattr(file.get(), attribute.c_str(), value.data(), value.size(),
                  0) == 0) {
      continue;
    }
    if (errno == ENOTSUP) return Status::Ok();
    return FromErrno(errno, "set attribute " + attribute);
  }
  return Status::Ok();
}

std::map<std::string, std::string> GetMetadata(const UniqueFd& file) {
  std::map<std::string, std::string> metadata;
  std::string names(64 * 1024, '\0');  // the kernel's own limit of a list
  ssize_t size = flistxattr(file.get(), names.data(), names.size());
  if (size <= 0) return metadata;
  names.resize(static_cast<size_t>(size));
  for (const char* name = names.data(); name < names.data() + names.size();
       name += std::strlen(name) + 1) {
    std::string_view view(name);
    if (!view.starts_with(kAttributePrefix)) continue;
    std::string value(4096, '\0');
    ssize_t length = fgetxattr(file.get(), name, value.data(), value.size());
    if (length < 0) continue;
    value.resize(static_cast<size_t>(length));
    view.remove_prefix(kAttributePrefix.size());
    metadata[std::string(kMetadataPrefix) + std::string(view)] = value;
  }
  return metadata;
}

}  // namespace vexaa::objects

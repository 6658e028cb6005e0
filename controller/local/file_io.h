// Small files, read and written whole. Errors are kNotFound, kAlreadyExists,
// kResourceExhausted (disk, descriptors or memory are used up) or kInternal,
// with the path in the message. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/base/unique_fd.h"

namespace vexaa::controller {

// A Status from errno: "cannot WHAT: No such file or directory".
base::Status ErrnoStatus(const std::string& what, int error);

// Opens with O_CLOEXEC and O_NOFOLLOW, on a descriptor above the standard ones.
base::Result<base::UniqueFd> OpenFile(const std::string& path, int flags);

// kFailedPrecondition when the file is longer than `max_bytes`.
base::Result<std::string> ReadSmallFile(const std::string& path,
                                        size_t max_bytes);

enum class Durability {
  kProcessCrash,  // seen whole or not at all by whoever reads it later
  kPowerLoss,     // the same, and on the disk before this returns
};

// Replaces `path` by a temporary file beside it and a rename.
base::Status WriteSmallFile(const std::string& path, std::string_view text,
                            Durability durability);

// Makes what was created or renamed in a folder survive a power loss.
base::Status SyncFolder(const std::string& path);

bool FileExists(const std::string& path);

// When a file's content last changed; kNotFound without it.
base::Result<base::Time> ModifiedAt(const std::string& path);

// At most the last `max_bytes` of a file.
base::Result<std::string> ReadTail(const std::string& path, size_t max_bytes);

}  // namespace vexaa::controller

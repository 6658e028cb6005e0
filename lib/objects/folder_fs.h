// The system calls of the folder store, as Status. No symbolic link is
// followed below a root: folders are entered one by one with O_NOFOLLOW.
// `detail` is the errno's name ("ENOENT") or "SymbolicLink".
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/base/unique_fd.h"
#include "lib/objects/folder_path.h"

namespace vexaa::objects {

// The Status of `error` (an errno); ENOENT is kNotFound.
base::Status FromErrno(int error, const std::string& what);

enum class Missing { kFail, kCreate };

// The folder the file lies in, for use as a base of *at() calls. A missing root
// is kUnavailable ("RootMissing").
base::Result<base::UniqueFd> OpenFolder(const FolderPath& path,
                                        Missing missing);
// A regular file of that folder, else an error; never waits (a FIFO).
base::Result<base::UniqueFd> OpenFile(const base::UniqueFd& folder,
                                      const std::string& name, int flags);
base::Result<base::UniqueFd> CreateFile(const base::UniqueFd& folder,
                                        const std::string& name);
base::Result<struct stat> Stat(const base::UniqueFd& file);
// Makes the folder's entries durable.
base::Status SyncFolder(const base::UniqueFd& folder);
base::Result<std::vector<std::string>> ListNames(const base::UniqueFd& folder);

// All bytes, or an error; checks `stop` between pieces. A file that ends
// before is kFailedPrecondition.
base::Status ReadAt(const base::UniqueFd& file, uint64_t offset,
                    std::span<std::byte> out, std::stop_token stop);
base::Status WriteAt(const base::UniqueFd& file, uint64_t offset,
                     std::span<const std::byte> data, std::stop_token stop);

// Names that begin with "vexaa-", as extended attributes "user.vexaa.*". A file
// system without them keeps none, and that is no error.
base::Status SetMetadata(const base::UniqueFd& file,
                         const std::map<std::string, std::string>& metadata);
std::map<std::string, std::string> GetMetadata(const base::UniqueFd& file);

}  // namespace vexaa::objects

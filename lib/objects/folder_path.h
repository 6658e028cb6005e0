// Names in a folder store: which root a path lies under, what its staged file
// is called, what an upload's id looks like. Pure.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"

namespace vexaa::objects {

// A path split where the configuration ends and the job's part begins.
struct FolderPath {
  std::string root;                  // as configured
  std::vector<std::string> folders;  // below the root
  std::string name;                  // of the file
};

// kInvalidArgument: not absolute, not under a root, or with an empty, "." or
// ".." segment.
base::Result<FolderPath> SplitPath(const std::vector<std::string>& roots,
                                   const std::string& path);

// kInvalidArgument: not 1 to 64 letters, digits, '-' or '_'. No dot, so that a
// staged file's name says whose it is.
base::Status CheckStageName(std::string_view stage_name);

// ".<name>.vexaa-", shortened by a hash so that any name fits with any stage
// name into 255 bytes.
std::string StagedPrefix(const std::string& name);

// The stage name of `file` when it is a staged file of `name`.
std::optional<std::string> StageNameOf(const std::string& name,
                                       const std::string& file);

// Which file an upload is: a name may be taken again by another one.
struct FolderUpload {
  std::string stage_name;
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FolderUpload&) const = default;
};

// "<stage name>:<device>:<inode>", numbers in hex.
std::string FormatFolderUploadId(const FolderUpload& upload);
// Nothing: no id of this kind of store.
std::optional<FolderUpload> ParseFolderUploadId(std::string_view id);

}  // namespace vexaa::objects

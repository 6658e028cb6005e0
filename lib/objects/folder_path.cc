#include "lib/objects/folder_path.h"

#include <algorithm>
#include <charconv>

#include "lib/base/digest.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr size_t kMaxStageName = 64;
constexpr std::string_view kMark = ".vexaa-";
// 255 bytes, less the dot, the mark and the longest stage name.
constexpr size_t kMaxPlainName = 255 - 1 - 7 - kMaxStageName;
constexpr size_t kHashDigits = 16;

Status Refuse(const std::string& path, const std::string& why) {
  return Status(Code::kInvalidArgument, "the path " + path + " " + why,
                "PathNotAllowed");
}

bool IsStageByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::string WithoutSlash(std::string root) {
  while (root.ends_with('/')) root.pop_back();
  return root;
}

// The longest root above `path`; nothing when there is none.
std::optional<std::string> FindRoot(const std::vector<std::string>& roots,
                                    const std::string& path) {
  std::optional<std::string> found;
  for (const std::string& configured : roots) {
    std::string root = WithoutSlash(configured);
    if (!path.starts_with(root + "/")) continue;
    if (!found || root.size() > found->size()) found = root;
  }
  return found;
}

Result<std::vector<std::string>> Segments(const std::string& path,
                                          std::string_view rest) {
  std::vector<std::string> segments;
  while (true) {
    size_t slash = std::min(rest.find('/'), rest.size());
    std::string segment(rest.substr(0, slash));
    if (segment.empty() || segment == "." || segment == "..") {
      return Refuse(path, "has an empty, \".\" or \"..\" segment");
    }
    segments.push_back(std::move(segment));
    if (slash == rest.size()) return segments;
    rest.remove_prefix(slash + 1);
  }
}

template <typename T>
bool ParseHex(std::string_view text, T& value) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc() && end == text.data() + text.size();
}

std::string HexNumber(uint64_t value) {
  char text[16];
  auto [end, error] = std::to_chars(text, text + sizeof(text), value, 16);
  return std::string(text, end);
}

}  // namespace

Result<FolderPath> SplitPath(const std::vector<std::string>& roots,
                             const std::string& path) {
  if (path.find('\0') != std::string::npos) return Refuse("", "holds a NUL");
  std::optional<std::string> root = FindRoot(roots, path);
  if (!root) {
    return Refuse(path, "is not below one of the configured folder roots");
  }
  ASSIGN_OR_RETURN(
      auto segments,
      Segments(path, std::string_view(path).substr(root->size() + 1)));
  FolderPath split{.root = root->empty() ? "/" : *root,
                   .folders = {},
                   .name = std::move(segments.back())};
  segments.pop_back();
  split.folders = std::move(segments);
  return split;
}

Status CheckStageName(std::string_view stage_name) {
  if (!stage_name.empty() && stage_name.size() <= kMaxStageName &&
      std::all_of(stage_name.begin(), stage_name.end(), IsStageByte)) {
    return Status::Ok();
  }
  return Status(Code::kInvalidArgument,
                "the stage name \"" + std::string(stage_name) +
                    "\" is not 1 to 64 letters, digits, '-' or '_'");
}

std::string StagedPrefix(const std::string& name) {
  if (name.size() <= kMaxPlainName) return "." + name + std::string(kMark);
  std::string hash = base::Hex(base::Sha256(base::AsBytes(name)));
  return "." + name.substr(0, kMaxPlainName - kHashDigits - 1) + "~" +
         hash.substr(0, kHashDigits) + std::string(kMark);
}

std::optional<std::string> StageNameOf(const std::string& name,
                                       const std::string& file) {
  std::string prefix = StagedPrefix(name);
  if (!file.starts_with(prefix)) return std::nullopt;
  std::string stage_name = file.substr(prefix.size());
  if (!CheckStageName(stage_name).ok()) return std::nullopt;
  return stage_name;
}

std::string FormatFolderUploadId(const FolderUpload& upload) {
  return upload.stage_name + ":" + HexNumber(upload.device) + ":" +
         HexNumber(upload.inode);
}

std::optional<FolderUpload> ParseFolderUploadId(std::string_view id) {
  size_t first = id.find(':');
  size_t last = id.rfind(':');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  FolderUpload upload{.stage_name = std::string(id.substr(0, first))};
  bool whole =
      CheckStageName(upload.stage_name).ok() &&
      ParseHex(id.substr(first + 1, last - first - 1), upload.device) &&
      ParseHex(id.substr(last + 1), upload.inode);
  if (!whole) return std::nullopt;
  return upload;
}

}  // namespace vexaa::objects

#include "lib/jobs/location.h"

#include <algorithm>

#include "lib/base/utf8.h"
#include "lib/jobs/reason.h"

namespace vexaa::jobs {
namespace {

constexpr std::string_view kS3Scheme = "s3://";
constexpr std::string_view kFileScheme = "file://";
// Amazon S3's limit for keys; a path of ours has the same.
constexpr size_t kMaxKeyBytes = 1024;

base::Status Wrong(std::string_view uri, const std::string& what) {
  // A hostile row must not fill logs and messages.
  std::string shown(uri);
  base::CutUtf8(shown, 200);
  return Fail(Reason::kInvalidJob, "'" + shown + "' " + what);
}

bool IsBucketCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.';
}

// General-purpose bucket names of Amazon S3, which other stores follow.
bool IsBucketName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && name.front() != '-' &&
         name.front() != '.' && name.back() != '-' && name.back() != '.' &&
         std::all_of(name.begin(), name.end(), IsBucketCharacter);
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// True when a step of the path is "", "." or "..".
bool HasOddStep(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    size_t end = std::min(path.find('/'), path.size());
    std::string_view step = path.substr(0, end);
    if (step.empty() || step == "." || step == "..") return true;
    path.remove_prefix(end);
  }
  return false;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// False on a broken escape.
bool PercentDecode(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return false;
    int high = HexValue(text[i + 1]);
    int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

bool IsPlainInFileUri(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '.' ||
         c == '_' || c == '~' || c >= 0x80;
}

std::string PercentEncode(std::string_view path) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : path) {
    if (IsPlainInFileUri(c)) {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    }
  }
  return out;
}

base::Result<Location> ParseS3(std::string_view uri) {
  std::string_view rest = uri.substr(kS3Scheme.size());
  size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash + 1 == rest.size())
    return Wrong(uri, "names no object; write s3://bucket/key");
  Location location{Location::Kind::kS3, std::string(rest.substr(0, slash)),
                    std::string(rest.substr(slash + 1))};
  if (!IsBucketName(location.bucket))
    return Wrong(uri,
                 "has no valid bucket name: 3 to 63 lower-case letters, "
                 "digits, dots and dashes");
  return location;
}

base::Result<Location> ParseFile(std::string_view uri) {
  std::string_view rest = uri.substr(kFileScheme.size());
  if (!rest.starts_with('/'))
    return Wrong(uri, "must have an absolute path: file:///folder/video.mp4");
  Location location{Location::Kind::kFile, "", ""};
  if (!PercentDecode(rest, location.key))
    return Wrong(uri, "has a broken percent escape; write % as %25");
  if (HasOddStep(location.key) && !location.key.ends_with('/'))
    return Wrong(uri, "must not contain '.', '..' or an empty step");
  return location;
}

}  // namespace

base::Result<Location> ParseLocation(std::string_view uri) {
  base::Result<Location> location = Wrong(
      uri, "must start with s3:// or file://, as in s3://videos/talk.mp4");
  if (uri.starts_with(kS3Scheme)) location = ParseS3(uri);
  if (uri.starts_with(kFileScheme)) location = ParseFile(uri);
  if (!location.ok()) return location;
  if (location->key.ends_with('/'))
    return Wrong(uri, "ends with a slash; name an object, not a folder");
  if (location->key.size() > kMaxKeyBytes)
    return Wrong(uri, "is longer than 1,024 bytes");
  if (!base::IsUtf8(location->key))
    return Wrong(uri, "contains bytes that are not UTF-8");
  if (HasControlCharacter(location->key))
    return Wrong(uri, "contains a control character");
  return location;
}

std::string FormatLocation(const Location& location) {
  if (location.kind == Location::Kind::kFile)
    return std::string(kFileScheme) + PercentEncode(location.key);
  return std::string(kS3Scheme) + location.bucket + "/" + location.key;
}

}  // namespace vexaa::jobs

#include "lib/kube/small_file.h"

#include <fstream>
#include <iterator>

namespace vexaa::kube {
namespace {

constexpr size_t kMaxFile = 1 << 20;  // as large as a Secret may be
constexpr std::string_view kSpace = " \t\r\n";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

int SextetOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

base::Result<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  if (!file || (file.read(text.data(), static_cast<long>(text.size())),
                file.bad() || (file.gcount() == 0 && !file.eof()))) {
    return base::Status(base::Code::kNotFound, "cannot read " + path);
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFile) {
    return base::Status(base::Code::kInvalidArgument,
                        path + " is larger than 1 MiB");
  }
  text = std::string(Trim(text));
  if (text.empty()) {
    return base::Status(base::Code::kInvalidArgument, path + " is empty");
  }
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (kSpace.find(c) != std::string_view::npos) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int sextet = SextetOf(c);
    if (sextet < 0 || padding > 0) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(sextet);
    if (++digits % 4 != 1) {
      const size_t shift = (3 - (digits - 1) % 4) * 2;
      bytes.push_back(static_cast<char>(bits >> shift));
    }
  }
  if ((digits + padding) % 4 != 0 || padding > 2) return std::nullopt;
  return bytes;
}

}  // namespace vexaa::kube

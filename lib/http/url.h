// HTTP URLs as text and parts, and the percent encoding that AWS signatures
// need. Pure functions. Paths and queries stay as they are on the wire: they
// are neither decoded nor normalised here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::http {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; an IPv6 address without its brackets
  uint16_t port = 0;   // 0: the scheme's own
  std::string path;    // "" or starting with "/"
  std::string query;   // without its "?"
  bool operator==(const Url&) const = default;
};

// kInvalidArgument: another scheme, no host, user info, a fragment, a bad port,
// or a byte that may not stand in a URL.
base::Result<Url> ParseUrl(std::string_view text);
std::string FormatUrl(const Url& url);

// The Host header: the port only when it is not the scheme's own.
std::string Authority(const Url& url);

enum class Slash { kEncode, kKeep };

// All but A-Z a-z 0-9 - . _ ~ as %XX in upper case.
std::string PercentEncode(std::string_view text, Slash slash);
// kInvalidArgument: a '%' without two hex digits.
base::Result<std::string> PercentDecode(std::string_view text);

}  // namespace vexaa::http

#include "lib/http/url.h"

#include <algorithm>
#include <charconv>

namespace vexaa::http {
namespace {

using base::Code;
using base::Result;
using base::Status;

bool IsAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

bool IsUnreserved(char c) {
  return IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

Status Bad(std::string_view text, std::string_view why) {
  return Status(
      Code::kInvalidArgument,
      "not an http(s) URL: \"" + std::string(text) + "\": " + std::string(why));
}

// Takes what stands before the first of `stops` off `rest`.
std::string_view TakeUntil(std::string_view& rest, std::string_view stops) {
  size_t end = std::min(rest.find_first_of(stops), rest.size());
  std::string_view head = rest.substr(0, end);
  rest.remove_prefix(end);
  return head;
}

bool ParsePort(std::string_view text, uint16_t& port) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

// Splits "host", "host:port" or "[v6]:port"; false when it is neither.
bool ParseAuthority(std::string_view text, Url& url) {
  bool bracketed = text.starts_with('[');
  size_t close = bracketed ? text.find(']') : 0;
  if (close == std::string_view::npos) return false;
  size_t colon = text.find(':', close);
  std::string_view host = text.substr(0, colon);
  url.host = LowerCase(bracketed ? host.substr(1, close - 1) : host);
  auto host_byte = [&](char c) {
    return IsUnreserved(c) || (bracketed && c == ':');
  };
  if (url.host.empty() ||
      !std::all_of(url.host.begin(), url.host.end(), host_byte) ||
      (bracketed && host.size() != close + 1)) {
    return false;
  }
  return colon == std::string_view::npos ||
         ParsePort(text.substr(colon + 1), url.port);
}

uint16_t DefaultPort(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  bool printable = std::all_of(text.begin(), text.end(),
                               [](char c) { return c > ' ' && c < 127; });
  if (!printable) return Bad(text, "a space or control byte is not encoded");
  size_t colon = text.find("://");
  if (colon == std::string_view::npos) return Bad(text, "no scheme");
  Url url;
  url.scheme = LowerCase(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return Bad(text, "the scheme must be http or https");
  }
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) {
    return Bad(text, "a fragment is not allowed");
  }
  std::string_view authority = TakeUntil(rest, "/?");
  if (!ParseAuthority(authority, url)) return Bad(text, "bad host or port");
  if (url.port == DefaultPort(url.scheme)) url.port = 0;
  url.path = TakeUntil(rest, "?");
  if (!rest.empty()) url.query = rest.substr(1);
  return url;
}

std::string FormatUrl(const Url& url) {
  std::string text = url.scheme + "://" + Authority(url) + url.path;
  if (!url.query.empty()) text += "?" + url.query;
  return text;
}

std::string Authority(const Url& url) {
  bool v6 = url.host.find(':') != std::string::npos;
  std::string text = v6 ? "[" + url.host + "]" : url.host;
  if (url.port != 0 && url.port != DefaultPort(url.scheme)) {
    text += ":" + std::to_string(url.port);
  }
  return text;
}

std::string PercentEncode(std::string_view text, Slash slash) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (IsUnreserved(c) || (c == '/' && slash == Slash::kKeep)) {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Status(Code::kInvalidArgument, "'%' without two hex digits in \"" +
                                                std::string(text) +
                                                "\": write it as %25");
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace vexaa::http

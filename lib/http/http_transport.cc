#include "lib/http/http_transport.h"

namespace vexaa::http {

std::optional<std::string_view> Response::Find(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.first == name) return header.second;
  }
  return std::nullopt;
}

}  // namespace vexaa::http

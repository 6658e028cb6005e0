#include "lib/store/server_version.h"

#include <array>
#include <charconv>
#include <string>

namespace vexaa::store {
namespace {

using Version = std::array<int, 3>;

constexpr Version kLeastMySql = {8, 0, 16};
constexpr Version kLeastMariaDb = {10, 11, 0};

// The numbers at the start: "10.11.19-MariaDB" is {10, 11, 19}.
Version LeadingNumbers(std::string_view text) {
  Version version{};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (int& part : version) {
    auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc() || next == end || *next != '.') break;
    at = next + 1;
  }
  return version;
}

}  // namespace

base::Status CheckServerVersion(std::string_view version) {
  // A MariaDB behind a proxy calls itself "5.5.5-10.11.19-MariaDB".
  constexpr std::string_view kReplicationPrefix = "5.5.5-";
  std::string_view text = version;
  bool mariadb = text.find("MariaDB") != std::string_view::npos;
  if (mariadb && text.starts_with(kReplicationPrefix))
    text.remove_prefix(kReplicationPrefix.size());
  bool new_enough =
      LeadingNumbers(text) >= (mariadb ? kLeastMariaDb : kLeastMySql);
  if (new_enough) return base::Status::Ok();
  return base::Status(base::Code::kFailedPrecondition,
                      "the database server is " + std::string(version) +
                          "; MySQL 8.0.16 or MariaDB 10.11 is the least that "
                          "works");
}

}  // namespace vexaa::store

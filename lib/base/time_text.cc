#include "lib/base/time_text.h"

#include <cstdio>
#include <ctime>

namespace vexaa::base {

std::string FormatRfc3339(Time time) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::time_t whole = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
  char text[48];
  std::snprintf(text, sizeof(text), "%s.%06dZ", date,
                static_cast<int>((time - seconds).count()));
  return text;
}

Result<Time> ParseRfc3339(std::string_view text) {
  std::string copy(text);
  std::tm parts{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  int64_t micros = 0;
  if (rest != nullptr && *rest == '.') {
    int64_t unit = 100000;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10)
      micros += unit * (*rest - '0');
  }
  if (rest == nullptr || std::string_view(rest) != "Z")
    return Status(Code::kInvalidArgument,
                  "not a UTC time as in 2026-01-31T08:00:00Z: " + copy);
  return Time(std::chrono::seconds(timegm(&parts)) + Duration(micros));
}

}  // namespace vexaa::base

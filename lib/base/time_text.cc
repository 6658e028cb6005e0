#include "lib/base/time_text.h"

#include <cstdio>
#include <ctime>

namespace vexaa::base {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool Take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

// Exactly `digits` digits off the front.
bool TakeNumber(std::string_view& text, int digits, int& number) {
  number = 0;
  for (; digits > 0; --digits) {
    if (text.empty() || !IsDigit(text.front())) return false;
    number = number * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  return true;
}

// ".123456789" or nothing; what is finer than a microsecond is dropped.
bool TakeFraction(std::string_view& text, int64_t& micros) {
  if (!Take(text, '.')) return true;
  if (text.empty() || !IsDigit(text.front())) return false;
  for (int64_t unit = 100'000; !text.empty() && IsDigit(text.front());
       unit /= 10) {
    micros += unit * (text.front() - '0');
    text.remove_prefix(1);
  }
  return true;
}

}  // namespace

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
  Status wrong(Code::kInvalidArgument,
               "not a UTC time as in 2026-01-31T08:00:00Z: " +
                   std::string(text.substr(0, 64)));
  std::string_view rest = text;
  std::tm parts{};
  bool read = TakeNumber(rest, 4, parts.tm_year) && Take(rest, '-') &&
              TakeNumber(rest, 2, parts.tm_mon) && Take(rest, '-') &&
              TakeNumber(rest, 2, parts.tm_mday) && Take(rest, 'T') &&
              TakeNumber(rest, 2, parts.tm_hour) && Take(rest, ':') &&
              TakeNumber(rest, 2, parts.tm_min) && Take(rest, ':') &&
              TakeNumber(rest, 2, parts.tm_sec);
  int64_t micros = 0;
  if (!read || !TakeFraction(rest, micros) || rest != "Z") return wrong;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  std::tm asked = parts;
  std::time_t seconds = timegm(&parts);
  // timegm carries over: the 31st of February becomes a day in March.
  if (asked.tm_mon != parts.tm_mon || asked.tm_mday != parts.tm_mday ||
      asked.tm_hour != parts.tm_hour || asked.tm_min != parts.tm_min ||
      asked.tm_sec != parts.tm_sec)
    return wrong;
  return Time(std::chrono::seconds(seconds) + Duration(micros));
}

}  // namespace vexaa::base

#include "lib/config/value_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace vexaa::config {
namespace {

using base::Code;
using base::Status;

struct Unit {
  std::string_view name;
  int64_t size;
};

// Microseconds. Longest names first: "ms" must not be read as "m".
constexpr std::array kTimeUnits = {Unit{"us", 1},
                                   Unit{"ms", 1'000},
                                   Unit{"d", 86'400'000'000},
                                   Unit{"h", 3'600'000'000},
                                   Unit{"m", 60'000'000},
                                   Unit{"s", 1'000'000}};

constexpr std::array kByteUnits = {
    Unit{"Ti", int64_t{1} << 40}, Unit{"Gi", 1 << 30},
    Unit{"Mi", 1 << 20},          Unit{"Ki", 1 << 10},
    Unit{"T", 1'000'000'000'000}, Unit{"G", 1'000'000'000},
    Unit{"M", 1'000'000},         Unit{"k", 1'000}};

// A century: far under what 64 bits of microseconds hold.
constexpr double kLongestMicros = 100.0 * 365 * 86'400e6;

Status NotADuration() {
  return Status(Code::kInvalidArgument,
                "must be a duration such as 30s, 10m or 1h30m");
}

Status NotASize() {
  return Status(Code::kInvalidArgument,
                "must be a size in bytes such as 4096, 64Ki or 128Mi");
}

// Takes digits with at most one point off the front; nothing on an error.
// std::from_chars would take "inf", "-1" and "1e9" as well.
bool TakeNumber(std::string_view& text, double& number) {
  size_t end = 0;
  while (end < text.size() &&
         ((text[end] >= '0' && text[end] <= '9') || text[end] == '.'))
    ++end;
  auto [stop, error] = std::from_chars(text.data(), text.data() + end, number,
                                       std::chars_format::fixed);
  if (error != std::errc() || stop != text.data() + end) return false;
  text.remove_prefix(end);
  return true;
}

const Unit* TakeUnit(std::string_view& text) {
  for (const Unit& unit : kTimeUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return &unit;
  }
  return nullptr;
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

base::Result<base::Duration> ParseDuration(std::string_view text) {
  if (text == "0") return base::Duration(0);
  double micros = 0;
  if (text.empty()) return NotADuration();
  while (!text.empty()) {
    double number = 0;
    if (!TakeNumber(text, number)) return NotADuration();
    const Unit* unit = TakeUnit(text);
    if (unit == nullptr) return NotADuration();
    micros += number * static_cast<double>(unit->size);
    if (micros > kLongestMicros) return NotADuration();
  }
  return base::Duration(std::llround(micros));
}

std::string FormatDuration(base::Duration duration) {
  if (duration.count() == 0) return "0";
  static constexpr std::array kOrder = {
      Unit{"h", 3'600'000'000}, Unit{"m", 60'000'000}, Unit{"s", 1'000'000},
      Unit{"ms", 1'000}, Unit{"us", 1}};
  std::string text = duration.count() < 0 ? "-" : "";
  int64_t rest = std::abs(duration.count());
  for (const Unit& unit : kOrder) {
    if (rest < unit.size) continue;
    text += std::to_string(rest / unit.size) + std::string(unit.name);
    rest %= unit.size;
  }
  return text;
}

base::Result<uint64_t> ParseBytes(std::string_view text) {
  double number = 0;
  if (!TakeNumber(text, number)) return NotASize();
  double size = 1;
  if (!text.empty()) {
    const auto* unit = kByteUnits.begin();
    while (unit != kByteUnits.end() && unit->name != text) ++unit;
    if (unit == kByteUnits.end()) return NotASize();
    size = static_cast<double>(unit->size);
  }
  // 2^53: the last size a double holds to the byte.
  if (number * size > 9007199254740992.0) return NotASize();
  return static_cast<uint64_t>(std::llround(number * size));
}

std::string FormatBytes(uint64_t bytes) {
  for (const Unit& unit : kByteUnits) {
    auto size = static_cast<uint64_t>(unit.size);
    if (unit.name.ends_with('i') && bytes >= size && bytes % size == 0)
      return std::to_string(bytes / size) + std::string(unit.name);
  }
  return std::to_string(bytes);
}

base::Result<int64_t> ParseWhole(std::string_view text) {
  int64_t value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return Status(Code::kInvalidArgument, "must be a whole number");
  return value;
}

base::Result<double> ParseNumber(std::string_view text) {
  double value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      !std::isfinite(value))
    return Status(Code::kInvalidArgument, "must be a number");
  return value;
}

std::string FormatNumber(double number) {
  std::array<char, 32> text;
  auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return "?";
  return std::string(text.data(), end);
}

base::Result<bool> ParseBool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Status(Code::kInvalidArgument, "must be true or false");
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    std::string_view item = Trimmed(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

}  // namespace vexaa::config

#include "lib/kube/json_value.h"

#include <limits>

#include "lib/base/time_text.h"

namespace vexaa::kube {
namespace {

// The deepest object we know (an affinity term inside a pod list) has 16.
constexpr int kMaxDepth = 64;
constexpr size_t kMaxMapEntries = 128;
constexpr size_t kMaxMapValue = 1024;

// Before parsing: a parser's own memory per level is not in our hands.
bool IsDeeperThan(std::string_view text, int limit) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// Half of a pod's bytes, and never read here.
bool Keep(int /*depth*/, Json::parse_event_t event, Json& parsed) {
  return event != Json::parse_event_t::key || parsed != "managedFields";
}

}  // namespace

base::Result<Json> ParseJson(std::string_view text) {
  if (IsDeeperThan(text, kMaxDepth)) {
    return base::Status(base::Code::kDataLoss,
                        "the API server's JSON is nested too deep");
  }
  Json value = Json::parse(text, Keep, /*allow_exceptions=*/false);
  if (value.is_discarded()) {
    return base::Status(base::Code::kDataLoss,
                        "the API server's answer is not valid JSON");
  }
  return value;
}

const Json& Member(const Json& value, std::string_view key) {
  static const Json kNull;
  if (!value.is_object()) return kNull;
  const auto found = value.find(key);
  return found == value.end() ? kNull : *found;
}

const Json& Member(const Json& value, std::string_view key,
                   std::string_view inner_key) {
  return Member(Member(value, key), inner_key);
}

std::string Text(const Json& value, size_t cap) {
  if (!value.is_string()) return "";
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() <= cap) return text;
  // Not through the middle of a UTF-8 character: a database would refuse it.
  while (cap > 0 && (text[cap] & 0xC0) == 0x80) --cap;
  return text.substr(0, cap);
}

int Number(const Json& value) {
  if (!value.is_number_integer()) return 0;
  const auto number = value.get<int64_t>();
  const bool fits = number >= std::numeric_limits<int>::min() &&
                    number <= std::numeric_limits<int>::max();
  return fits ? static_cast<int>(number) : 0;
}

std::optional<base::Time> TimeOf(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto time = base::ParseRfc3339(Text(value));
  if (!time.ok()) return std::nullopt;
  return *time;
}

std::map<std::string, std::string> TextMap(const Json& value) {
  std::map<std::string, std::string> texts;
  if (!value.is_object()) return texts;
  for (const auto& [key, text] : value.items()) {
    if (texts.size() == kMaxMapEntries) break;
    if (!text.is_string() || key.size() > kMaxMapValue) continue;
    std::string copy = Text(text, kMaxMapValue + 1);
    if (copy.size() <= kMaxMapValue) texts.emplace(key, std::move(copy));
  }
  return texts;
}

}  // namespace vexaa::kube

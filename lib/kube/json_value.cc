#include "lib/kube/json_value.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "lib/base/time_text.h"

namespace vexaa::kube {
namespace {

// The deepest object we know (an affinity term inside a pod list) has 16.
constexpr int kMaxDepth = 64;
constexpr size_t kMaxMapEntries = 128;
constexpr size_t kMaxMapValue = 1024;

constexpr std::string_view kUnread = "managedFields";

// Walks over JSON text before it is parsed: a parser's own memory per level is
// not in our hands, and half of a pod's bytes are `managedFields`, which cost
// most of its time and are never read here.
class Outline {
 public:
  explicit Outline(std::string_view text) : text_(text) {}

  // The text with null for each `managedFields`, and for what is nested deeper
  // than `limit`.
  std::string Trimmed(int limit) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        const size_t begin = at_;
        SkipString();
        if (text_.substr(begin + 1, at_ - begin - 2) == kUnread) CutValue();
        continue;
      }
      if (depth_ == limit && (c == '{' || c == '['))
        Cut();
      else
        StepOver(c);
    }
    kept_.append(text_.substr(copied_));
    return std::move(kept_);
  }

 private:
  void StepOver(char c) {
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    ++at_;
  }

  // From the opening quote past the closing one.
  void SkipString() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }

  // Behind the key: a list or an object goes; anything else stays.
  void CutValue() {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != ':') return;
    ++at_;
    SkipSpace();
    if (at_ >= text_.size() || (text_[at_] != '[' && text_[at_] != '{')) return;
    Cut();
  }

  // The list or object that begins here.
  void Cut() {
    const size_t begin = at_;
    const int outside = depth_;
    do {
      if (text_[at_] == '"')
        SkipString();
      else
        StepOver(text_[at_]);
    } while (at_ < text_.size() && depth_ > outside);
    kept_.append(text_.substr(copied_, begin - copied_)).append("null");
    copied_ = at_;
  }

  static bool IsSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t copied_ = 0;  // before it, all that stays is in kept_
  int depth_ = 0;
  std::string kept_;
};

}  // namespace

base::Result<Json> ParseJson(std::string_view text) {
  Json value = Json::parse(Outline(text).Trimmed(kMaxDepth), nullptr,
                           /*allow_exceptions=*/false);
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

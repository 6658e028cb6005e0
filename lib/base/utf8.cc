#include "lib/base/utf8.h"

namespace vexaa::base {
namespace {

struct Form {
  unsigned char first_min;
  unsigned char first_max;
  unsigned char second_min;  // the others are always 80 to BF
  unsigned char second_max;
  size_t size;
};

// RFC 3629, section 4.
constexpr Form kForms[] = {
    {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4}};

bool IsWithin(char c, unsigned char min, unsigned char max) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= min && byte <= max;
}

bool BeginsWith(std::string_view text, const Form& form) {
  if (text.size() < form.size) return false;
  if (!IsWithin(text[0], form.first_min, form.first_max)) return false;
  if (form.size > 1 && !IsWithin(text[1], form.second_min, form.second_max))
    return false;
  for (size_t i = 2; i < form.size; ++i)
    if (!IsWithin(text[i], 0x80, 0xBF)) return false;
  return true;
}

// The size of the first character; 0 when it is none.
size_t FirstSize(std::string_view text) {
  for (const Form& form : kForms)
    if (BeginsWith(text, form)) return form.size;
  return 0;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    size_t size = FirstSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string CleanUtf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    size_t size = FirstSize(text);
    clean += size == 0 ? std::string_view("?") : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return clean;
}

void CutUtf8(std::string& text, size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && IsWithin(text[bytes], 0x80, 0xBF)) --bytes;
  text.resize(bytes);
}

}  // namespace vexaa::base

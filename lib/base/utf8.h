// UTF-8 (RFC 3629). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vexaa::base {

// False for overlong forms, surrogates and cut characters, too.
bool IsUtf8(std::string_view text);

// The text with every byte that is no UTF-8 as '?'.
std::string CleanUtf8(std::string_view text);

// Shortens to at most `bytes`, between two characters.
void CutUtf8(std::string& text, size_t bytes);

}  // namespace vexaa::base

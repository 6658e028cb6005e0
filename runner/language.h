// Names of languages as containers and people write them: ISO 639-1 ("de"),
// 639-2 in both its forms ("deu", "ger"), and tags with a region ("de-AT").
// PURE.
#pragma once

#include <string>
#include <string_view>

namespace vexaa::runner {

// The terminological ISO 639-2 code of a language, "deu" for all of "de",
// "ger", "DEU" and "de-AT"; lower case and as it is when nothing is known of
// it; empty for an unknown or undetermined one ("und").
std::string LanguageCode(std::string_view name);

}  // namespace vexaa::runner

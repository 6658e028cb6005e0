// Lists what can be made: codecs, containers, limits, sizes and the built-in
// profiles, from the facts that jobs are checked and files are muxed by.
// Pure; thread-safe.
#pragma once

#include <string>

namespace vexaa::runner {

std::string FormatsText();      // aligned columns, for a terminal
std::string FormatsMarkdown();  // the whole of docs/formats.md

}  // namespace vexaa::runner

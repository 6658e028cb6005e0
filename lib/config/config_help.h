// The documentation of a config, made from its fields. Pure.
#pragma once

#include <span>
#include <string>

#include "lib/config/yaml_reader.h"

namespace vexaa::config {

// A commented YAML file with every field at its default, as
// --print-config-help shows it.
std::string FormatConfigHelp(std::span<const FieldDoc> fields);

// The same as rows of a Markdown table: key, variable, default, meaning.
std::string FormatConfigTable(std::span<const FieldDoc> fields);

}  // namespace vexaa::config

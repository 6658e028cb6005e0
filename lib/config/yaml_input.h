// Private to YamlReader: one given value and the place where it was given.
#pragma once

#include <string>

#include "lib/config/yaml_reader.h"

namespace vexaa::config {

// A scalar as text, or a list or a map of the file.
struct YamlReader::Input {
  std::string where = "";  // "controller.yaml:12", "VEXAA_X", "--x"
  int line = 0;            // 0: not in the file
  std::string text = "";
  const YamlValue* node = nullptr;  // null outside the file
};

}  // namespace vexaa::config

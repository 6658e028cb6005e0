// A YAML document as a plain tree with line numbers: the only place that
// knows the parser. Values are immutable once read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"

namespace vexaa::config {

struct YamlMember;

struct YamlValue {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 0;         // from 1
  std::string text;     // of a scalar
  bool quoted = false;  // a scalar that is text, whatever it looks like
  std::vector<YamlValue> items;
  std::vector<YamlMember> members;  // in the file's order

  // The member of that name; null when there is none.
  const YamlValue* Find(std::string_view name) const;
  // The same through sections: "database.port".
  const YamlValue* FindPath(std::string_view path) const;
};

struct YamlMember {
  std::string name;
  int line = 0;
  YamlValue value;
};

// Reads one document; an empty text is an empty map. kInvalidArgument with
// "FILE:LINE: sentence": not YAML, more than one document, a key twice, a key
// that is no plain name, or a document past every sensible size.
base::Result<YamlValue> ParseYaml(std::string_view file_name,
                                  std::string_view text);

}  // namespace vexaa::config

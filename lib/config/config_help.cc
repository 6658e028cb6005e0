#include "lib/config/config_help.h"

#include <vector>

namespace vexaa::config {
namespace {

std::vector<std::string> StepsOf(const std::string& key) {
  std::vector<std::string> steps{""};
  for (char c : key) {
    if (c == '.') {
      steps.emplace_back();
    } else {
      steps.back() += c;
    }
  }
  return steps;
}

std::string Indent(size_t depth) { return std::string(2 * depth, ' '); }

std::string Comment(const FieldDoc& doc) {
  std::string text = doc.help + " (" + doc.kind;
  if (doc.required) text += ", required";
  if (!doc.environment.empty()) text += "; " + doc.environment;
  return text + ")";
}

bool IsInSection(const FieldDoc& doc) {
  return doc.key.find("[]") != std::string::npos;
}

// Of a list's items: shown as comments, because one more item would not be the
// default.
std::string ItemField(const FieldDoc& doc) {
  std::string value = doc.default_value.empty() ? "..." : doc.default_value;
  return "# - " + doc.key + ": " + value + "\n#     " + Comment(doc) + "\n";
}

// The headings that lead to `steps` and that `before` has not opened yet.
std::string Headings(const std::vector<std::string>& steps,
                     const std::vector<std::string>& before) {
  std::string text;
  bool same = true;
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    same = same && i + 1 < before.size() && steps[i] == before[i];
    if (!same) text += Indent(i) + steps[i] + ":\n";
  }
  return text;
}

std::string OneLine(const FieldDoc& doc,
                    const std::vector<std::string>& steps) {
  // A field without a default is shown, but does not set anything.
  std::string mark = doc.default_value.empty() ? "# " : "";
  std::string value = doc.default_value.empty() ? "..." : doc.default_value;
  return Indent(steps.size() - 1) + mark + steps.back() + ": " + value + "\n";
}

}  // namespace

std::string FormatConfigHelp(std::span<const FieldDoc> fields) {
  std::string text;
  std::vector<std::string> before;
  for (const FieldDoc& doc : fields) {
    if (IsInSection(doc)) {
      text += ItemField(doc);
      continue;
    }
    std::vector<std::string> steps = StepsOf(doc.key);
    text += Headings(steps, before);
    text += Indent(steps.size() - 1) + "# " + Comment(doc) + "\n";
    text += OneLine(doc, steps);
    before = steps;
  }
  return text;
}

std::string FormatConfigTable(std::span<const FieldDoc> fields) {
  std::string text =
      "| key | variable | kind | default | meaning |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const FieldDoc& doc : fields) {
    std::string value = doc.required ? "required"
                        : doc.default_value.empty()
                            ? "none"
                            : "`" + doc.default_value + "`";
    std::string variable =
        doc.environment.empty() ? "" : "`" + doc.environment + "`";
    text += "| `" + doc.key + "` | " + variable + " | " + doc.kind + " | " +
            value + " | " + doc.help + " |\n";
  }
  return text;
}

}  // namespace vexaa::config

#include "lib/config/yaml_reader.h"

#include <algorithm>
#include <cctype>

#include "lib/config/nearest_name.h"
#include "lib/config/yaml_input.h"

namespace vexaa::config {

using base::Code;
using base::Status;
using Kind = YamlValue::Kind;

namespace {

// "stores[3]." -> "stores[].".
std::string DocumentedKey(std::string_view key) {
  std::string text;
  for (char c : key)
    if (text.empty() || text.back() != '[' || c == ']') text += c;
  return text;
}

}  // namespace

std::string EnvironmentName(std::string_view key) {
  std::string name = "VEXAA_";
  char last = '.';
  for (char c : key) {
    auto letter = static_cast<unsigned char>(c);
    bool word_begins = std::isupper(letter) != 0 &&
                       (std::islower(static_cast<unsigned char>(last)) != 0 ||
                        std::isdigit(static_cast<unsigned char>(last)) != 0);
    if (word_begins) name += '_';
    name += c == '.' ? '_' : static_cast<char>(std::toupper(letter));
    last = c;
  }
  return name;
}

YamlReader::YamlReader(ConfigSources sources) : sources_(std::move(sources)) {
  base::Result<YamlValue> root = ParseYaml(sources_.file_name, sources_.text);
  readable_ = root.ok();
  if (readable_) {
    root_ = std::move(*root);
  } else {
    errors_.push_back({1, root.status().message()});
  }
}

bool YamlReader::Given(std::string_view key) const {
  return FindInput(key).has_value();
}

void YamlReader::AddError(std::string_view key, const std::string& what,
                          std::string_view beside) {
  std::optional<Input> input = FindInput(key);
  if (!input && !beside.empty()) input = FindInput(beside);
  AddError(input.value_or(Input{.where = sources_.file_name}), key, what);
}

void YamlReader::AddError(const Input& input, std::string_view key,
                          const std::string& what) {
  errors_.push_back({input.line, input.where + ": " + prefix_ +
                                     std::string(key) + ": " + what});
}

void YamlReader::AddErrorAt(int line, std::string_view key,
                            const std::string& what) {
  AddError(Input{.where = sources_.file_name + ":" + std::to_string(line),
                 .line = line},
           key, what);
}

void YamlReader::Tree(std::string_view key, YamlValue* value,
                      YamlValue::Kind kind, std::string_view help) {
  bool list = kind == Kind::kList;
  Document({.key = std::string(key),
            .kind = list ? "list" : "section",
            .default_value = list ? "[]" : "{}",
            .help = std::string(help)});
  std::optional<Input> input = FindInput(key);
  if (!input) return;
  if (input->node == nullptr)
    return AddError(*input, key, "can be given in the file only");
  if (input->node->kind == Kind::kNull) return;
  if (input->node->kind != kind)
    return AddError(*input, key, list ? "must be a list" : "must be a section");
  *value = *input->node;
}

void YamlReader::Within(const YamlMember& member, const std::string& prefix,
                        const std::function<void(YamlReader&)>& bind) {
  if (member.value.kind != Kind::kMap && member.value.kind != Kind::kNull)
    return AddErrorAt(member.line, prefix, "must be a section");
  YamlReader inner({.file_name = sources_.file_name, .text = ""});
  inner.prefix_ = prefix_ + prefix + ".";
  inner.root_ = member.value;
  bind(inner);
  inner.RefuseUnknown(inner.root_, "");
  errors_.insert(errors_.end(), inner.errors_.begin(), inner.errors_.end());
}

Status YamlReader::Finish() {
  if (readable_) RefuseUnknown(root_, "");
  if (errors_.empty()) return Status::Ok();
  std::stable_sort(
      errors_.begin(), errors_.end(), [](const Error& a, const Error& b) {
        // What is in no line of the file comes last.
        return (a.line == 0 ? std::numeric_limits<int>::max() : a.line) <
               (b.line == 0 ? std::numeric_limits<int>::max() : b.line);
      });
  std::string text;
  for (const Error& error : errors_)
    text += (text.empty() ? "" : "\n") + error.text;
  return Status(Code::kInvalidArgument, text, "InvalidConfig");
}

void YamlReader::Document(FieldDoc doc) {
  size_t bracket = doc.key.find('[');
  if (bracket == std::string::npos)
    doc.environment = EnvironmentName(doc.key);
  else if (doc.key.compare(bracket, 2, "[]") != 0)
    return;  // documented once, for all items
  docs_.push_back(std::move(doc));
}

std::optional<YamlReader::Input> YamlReader::FindInput(
    std::string_view key) const {
  if (key.find('[') != std::string_view::npos) return FindItemInput(key);
  if (auto flag = sources_.flags.find(std::string(key));
      flag != sources_.flags.end())
    return Input{.where = "--set", .text = flag->second};
  std::string name = EnvironmentName(key);
  if (sources_.environment) {
    if (auto text = sources_.environment(name))
      return Input{.where = name, .text = *text};
  }
  const YamlValue* node = root_.FindPath(key);
  if (node == nullptr) return std::nullopt;
  return Input{.where = sources_.file_name + ":" + std::to_string(node->line),
               .line = node->line,
               .text = node->text,
               .node = node};
}

void YamlReader::ReadScalar(FieldDoc doc, const Take& take) {
  std::string key = doc.key;
  Document(std::move(doc));
  std::optional<Input> input = FindInput(key);
  if (!input) return;
  if (input->node != nullptr && input->node->kind == Kind::kNull)
    return AddError(*input, key,
                    "has no value; remove the line to keep the default");
  if (input->node != nullptr && input->node->kind != Kind::kScalar)
    return AddError(*input, key, "must be one value, not a list or a section");
  Status taken = take(input->text);
  if (!taken.ok()) AddError(*input, key, taken.message());
}

void YamlReader::CheckRequired(const FieldDoc& doc, bool empty) {
  if (!doc.required || !empty || doc.key.find("[]") != std::string::npos)
    return;
  // An unreadable file is one error, not one for every field in it.
  if (!readable_) return;
  bool in_section = doc.key.find('[') != std::string::npos;
  AddError(doc.key,
           "is required (" + doc.help + "); set it here" +
               (in_section ? "" : " or in " + EnvironmentName(doc.key)));
}

void YamlReader::RefuseUnknown(const YamlValue& map,
                               const std::string& prefix) {
  for (const YamlMember& member : map.members)
    RefuseUnknownMember(member, prefix);
}

void YamlReader::RefuseUnknownMember(const YamlMember& member,
                                     const std::string& prefix) {
  std::string key = prefix + member.name;
  std::string documented = DocumentedKey(prefix);
  std::vector<std::string> siblings;
  for (const FieldDoc& doc : docs_) {
    if (doc.key == documented + member.name) return;
    if (!doc.key.starts_with(documented)) continue;
    std::string step = doc.key.substr(documented.size());
    siblings.push_back(step.substr(0, step.find_first_of(".[")));
  }
  Input here{.where = sources_.file_name + ":" + std::to_string(member.line),
             .line = member.line};
  if (documented != prefix) here = FindInput(key).value_or(here);
  if (std::find(siblings.begin(), siblings.end(), member.name) !=
      siblings.end()) {
    if (member.value.kind == Kind::kMap)
      return RefuseUnknown(member.value, key + ".");
    if (member.value.kind == Kind::kNull) return;
    return AddError(here, key,
                    "is a section; give its keys in lines of their own");
  }
  std::string nearest = NearestName(member.name, siblings);
  AddError(here, key,
           nearest.empty() ? "is no key that is known here"
                           : "is no key that is known here; did you mean '" +
                                 prefix + nearest + "'?");
}

}  // namespace vexaa::config

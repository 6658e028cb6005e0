#include "lib/config/yaml_tree.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace vexaa::config {
namespace {

using base::Code;
using base::Result;
using base::Status;

// Far above any config; aliases can make a small file a huge tree.
constexpr int kMaxDepth = 16;
constexpr int kMaxValues = 20'000;

int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

class TreeBuilder {
 public:
  explicit TreeBuilder(std::string_view file_name) : file_name_(file_name) {}

  Status Wrong(int line, const std::string& what) const {
    return Status(Code::kInvalidArgument,
                  file_name_ + ":" + std::to_string(line) + ": " + what);
  }

  Result<YamlValue> Build(const YAML::Node& node, int depth) {
    int line = LineOf(node.Mark());
    if (depth > kMaxDepth || ++value_count_ > kMaxValues)
      return Wrong(line, "the file is nested too deep or too large");
    if (node.IsSequence()) return BuildList(node, depth);
    if (node.IsMap()) return BuildMap(node, depth);
    YamlValue value;
    value.line = line;
    if (node.IsScalar()) {
      value.kind = YamlValue::Kind::kScalar;
      value.text = node.Scalar();
      value.quoted = node.Tag() == "!";  // yaml-cpp's word for it
    }
    return value;
  }

 private:
  Result<YamlValue> BuildList(const YAML::Node& node, int depth) {
    YamlValue list;
    list.kind = YamlValue::Kind::kList;
    list.line = LineOf(node.Mark());
    for (const YAML::Node& item : node) {
      ASSIGN_OR_RETURN(YamlValue value, Build(item, depth + 1));
      list.items.push_back(std::move(value));
    }
    return list;
  }

  Result<YamlValue> BuildMap(const YAML::Node& node, int depth) {
    YamlValue map;
    map.kind = YamlValue::Kind::kMap;
    map.line = LineOf(node.Mark());
    std::set<std::string> seen;
    for (const auto& pair : node) {
      int line = LineOf(pair.first.Mark());
      if (!pair.first.IsScalar()) return Wrong(line, "a key must be a name");
      std::string name = pair.first.Scalar();
      if (!seen.insert(name).second)
        return Wrong(line, "the key '" + name + "' is given twice");
      ASSIGN_OR_RETURN(YamlValue value, Build(pair.second, depth + 1));
      map.members.push_back({name, line, std::move(value)});
    }
    return map;
  }

  const std::string file_name_;
  int value_count_ = 0;
};

Result<YamlValue> Parse(std::string_view file_name, std::string_view text) {
  TreeBuilder builder(file_name);
  std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
  if (documents.size() > 1)
    return builder.Wrong(LineOf(documents[1].Mark()),
                         "a second document begins; a config is one");
  YamlValue root;
  if (!documents.empty()) {
    ASSIGN_OR_RETURN(root, builder.Build(documents[0], 0));
  }
  if (root.kind == YamlValue::Kind::kNull) root.kind = YamlValue::Kind::kMap;
  if (root.kind != YamlValue::Kind::kMap)
    return builder.Wrong(root.line, "the file must be a map of names");
  return root;
}

}  // namespace

const YamlValue* YamlValue::Find(std::string_view name) const {
  auto found = std::find_if(members.begin(), members.end(),
                            [&](const auto& one) { return one.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

const YamlValue* YamlValue::FindPath(std::string_view path) const {
  const YamlValue* node = this;
  while (node != nullptr) {
    size_t dot = path.find('.');
    node = node->Find(path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return node;
}

Result<YamlValue> ParseYaml(std::string_view file_name, std::string_view text) {
  TreeBuilder builder(file_name);
  try {
    return Parse(file_name, text);
  } catch (const YAML::Exception& error) {
    return builder.Wrong(LineOf(error.mark), "not YAML: " + error.msg);
  } catch (const std::exception& error) {
    return builder.Wrong(1, std::string("not readable: ") + error.what());
  }
}

}  // namespace vexaa::config

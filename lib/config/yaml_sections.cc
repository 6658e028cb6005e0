// Lists of sections of YamlReader: where an item's fields are found.
#include <charconv>

#include "lib/config/yaml_input.h"
#include "lib/config/yaml_reader.h"

namespace vexaa::config {
namespace {

using Kind = YamlValue::Kind;

// "stores[12].name" -> "stores", 12, "name".
struct ItemKey {
  std::string_view list;
  size_t index = 0;
  std::string_view field;  // empty: the item itself
};

std::optional<ItemKey> ParseItemKey(std::string_view key) {
  size_t open = key.find('[');
  size_t close = key.find(']');
  ItemKey item{.list = key.substr(0, open)};
  std::string_view number = key.substr(open + 1, close - open - 1);
  const char* end = number.data() + number.size();
  auto parsed = std::from_chars(number.data(), end, item.index);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (close + 1 < key.size()) item.field = key.substr(close + 2);
  return item;
}

}  // namespace

void YamlReader::Sections(
    std::string_view key, std::string_view help,
    const std::function<void(const std::string& prefix)>& bind) {
  std::string name(key);
  Document({.key = name,
            .kind = "list of sections",
            .default_value = "[]",
            .help = std::string(help)});
  bind(name + "[].");
  const YamlValue* list = TakeSections(key);
  if (list == nullptr) return;
  for (size_t i = 0; i < list->items.size(); ++i) {
    std::string item = name + "[" + std::to_string(i) + "]";
    if (list->items[i].kind != Kind::kMap) {
      AddError(item, "must be a section of names and values");
      continue;
    }
    bind(item + ".");
    RefuseUnknown(list->items[i], item + ".");
  }
}

// The list's node, from the file or from JSON; null when there is none.
const YamlValue* YamlReader::TakeSections(std::string_view key) {
  std::optional<Input> input = FindInput(key);
  if (!input) return nullptr;
  const YamlValue* list = input->node;
  if (list == nullptr) {
    base::Result<YamlValue> parsed =
        ParseYaml(input->where, "list: " + input->text);
    if (!parsed.ok()) {
      AddError(*input, key, "is not JSON: " + parsed.status().message());
      return nullptr;
    }
    Graft& graft = grafts_[std::string(key)];
    graft = {.where = input->where, .value = std::move(*parsed)};
    list = graft.value.Find("list");
  }
  if (list != nullptr && list->kind == Kind::kList) return list;
  if (list != nullptr && list->kind != Kind::kNull)
    AddError(*input, key, "must be a list of sections");
  return nullptr;
}

std::optional<YamlReader::Input> YamlReader::FindItemInput(
    std::string_view key) const {
  std::optional<ItemKey> item = ParseItemKey(key);
  if (!item) return std::nullopt;
  auto graft = grafts_.find(item->list);
  bool grafted = graft != grafts_.end();
  const YamlValue* list =
      grafted ? graft->second.value.Find("list") : root_.FindPath(item->list);
  if (list == nullptr || item->index >= list->items.size()) return std::nullopt;
  const YamlValue* node = &list->items[item->index];
  if (!item->field.empty()) node = node->FindPath(item->field);
  if (node == nullptr) return std::nullopt;
  if (grafted)
    return Input{
        .where = graft->second.where, .text = node->text, .node = node};
  return Input{.where = sources_.file_name + ":" + std::to_string(node->line),
               .line = node->line,
               .text = node->text,
               .node = node};
}

}  // namespace vexaa::config

// The kinds of fields of YamlReader: how each is read and described.
#include <algorithm>
#include <cctype>

#include "lib/config/value_text.h"
#include "lib/config/yaml_input.h"
#include "lib/config/yaml_reader.h"

namespace vexaa::config {
namespace {

using base::Code;
using base::Status;
using Kind = YamlValue::Kind;

Status Must(std::string what) {
  return Status(Code::kInvalidArgument, std::move(what));
}

std::string Joined(const std::vector<std::string>& words,
                   const std::string& comma, const std::string& last) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? last : comma;
    text += words[i];
  }
  return text;
}

// "between 1 and 65535", "at least 0".
std::string RangeText(const std::string& min, const std::string& max,
                      bool has_max) {
  return has_max ? "between " + min + " and " + max : "at least " + min;
}

std::string WholeRange(const WholeRule& rule) {
  return RangeText(std::to_string(rule.min), std::to_string(rule.max),
                   rule.max != WholeRule{}.max);
}

std::string KindOf(const TextRule& rule) {
  if (rule.secret) return "secret text";
  return rule.one_of.empty() ? "text" : Joined(rule.one_of, ", ", " or ");
}

std::string WithUnit(std::string kind, const std::string& unit) {
  return unit.empty() ? kind : unit + ", " + kind;
}

// As YAML that reads back as the same text.
std::string QuotedIfOdd(const std::string& text) {
  bool plain = !text.empty() && text != "true" && text != "false" &&
               text != "null" && text.find("://") == std::string::npos &&
               std::all_of(text.begin(), text.end(), [](unsigned char c) {
                 return std::isalnum(c) != 0 || c == '/' || c == '.' ||
                        c == '_' || c == '-';
               });
  if (plain) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string ListText(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) quoted.push_back(QuotedIfOdd(item));
  return "[" + Joined(quoted, ", ", ", ") + "]";
}

std::string MapText(const std::map<std::string, std::string>& map) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : map)
    pairs.push_back(QuotedIfOdd(name) + ": " + QuotedIfOdd(value));
  return "{" + Joined(pairs, ", ", ", ") + "}";
}

Status TakeText(const TextRule& rule, const std::string& text,
                std::string* value) {
  if (!rule.one_of.empty() && std::find(rule.one_of.begin(), rule.one_of.end(),
                                        text) == rule.one_of.end())
    return Must("must be " + Joined(rule.one_of, ", ", " or "));
  *value = text;
  return Status::Ok();
}

}  // namespace

void YamlReader::Field(std::string_view key, std::string* value,
                       const TextRule& rule, std::string_view help) {
  FieldDoc doc{.key = std::string(key),
               .kind = KindOf(rule),
               .default_value = rule.secret || (rule.required && value->empty())
                                    ? ""
                                    : QuotedIfOdd(*value),
               .help = std::string(help),
               .required = rule.required};
  ReadScalar(doc, [&](const std::string& text) {
    return TakeText(rule, text, value);
  });
  CheckRequired(doc, value->empty());
}

void YamlReader::Field(std::string_view key, int64_t* value,
                       const WholeRule& rule, std::string_view help) {
  ReadWhole(key, value, rule, help);
}

void YamlReader::Field(std::string_view key, int* value, const WholeRule& rule,
                       std::string_view help) {
  WholeRule narrow = rule;
  constexpr int64_t kMax = std::numeric_limits<int>::max();
  narrow.min = std::max<int64_t>(rule.min, std::numeric_limits<int>::min());
  if (rule.max != WholeRule{}.max) narrow.max = std::min(rule.max, kMax);
  int64_t wide = *value;
  ReadWhole(key, &wide, narrow, help);
  if (wide > kMax) {
    AddError(key, "must be at most " + std::to_string(kMax));
  } else {
    *value = static_cast<int>(wide);
  }
}

void YamlReader::ReadWhole(std::string_view key, int64_t* value,
                           const WholeRule& rule, std::string_view help) {
  std::string range = WholeRange(rule);
  ReadScalar({.key = std::string(key),
              .kind = WithUnit("whole number, " + range, rule.unit),
              .default_value = std::to_string(*value),
              .help = std::string(help)},
             [&](const std::string& text) {
               base::Result<int64_t> parsed = ParseWhole(text);
               if (!parsed.ok() || *parsed < rule.min || *parsed > rule.max)
                 return Must("must be a whole number " + range + ", not '" +
                             text + "'");
               *value = *parsed;
               return Status::Ok();
             });
}

void YamlReader::Field(std::string_view key, double* value,
                       const NumberRule& rule, std::string_view help) {
  std::string range = RangeText(FormatNumber(rule.min), FormatNumber(rule.max),
                                rule.max != NumberRule{}.max);
  ReadScalar(
      {.key = std::string(key),
       .kind = WithUnit("number, " + range, rule.unit),
       .default_value = FormatNumber(*value),
       .help = std::string(help)},
      [&](const std::string& text) {
        base::Result<double> parsed = ParseNumber(text);
        if (!parsed.ok() || *parsed < rule.min || *parsed > rule.max)
          return Must("must be a number " + range + ", not '" + text + "'");
        *value = *parsed;
        return Status::Ok();
      });
}

void YamlReader::Field(std::string_view key, bool* value, const BoolRule&,
                       std::string_view help) {
  ReadScalar({.key = std::string(key),
              .kind = "true or false",
              .default_value = *value ? "true" : "false",
              .help = std::string(help)},
             [&](const std::string& text) {
               ASSIGN_OR_RETURN(*value, ParseBool(text));
               return Status::Ok();
             });
}

void YamlReader::Bytes(std::string_view key, uint64_t* value,
                       const BytesRule& rule, std::string_view help) {
  std::string range = RangeText(FormatBytes(rule.min), FormatBytes(rule.max),
                                rule.max != BytesRule{}.max);
  ReadScalar({.key = std::string(key),
              .kind = "bytes, " + range,
              .default_value = FormatBytes(*value),
              .help = std::string(help)},
             [&](const std::string& text) {
               ASSIGN_OR_RETURN(uint64_t parsed, ParseBytes(text));
               if (parsed < rule.min || parsed > rule.max)
                 return Must("must be " + range + ", not '" + text + "'");
               *value = parsed;
               return Status::Ok();
             });
}

void YamlReader::ReadDuration(std::string_view key, base::Duration* value,
                              base::Duration unit, const DurationRule& rule,
                              std::string_view help) {
  std::string range =
      RangeText(FormatDuration(rule.min), FormatDuration(rule.max),
                rule.max != DurationRule{}.max);
  ReadScalar({.key = std::string(key),
              .kind = "duration, " + range,
              .default_value = FormatDuration(*value),
              .help = std::string(help)},
             [&](const std::string& text) {
               ASSIGN_OR_RETURN(base::Duration parsed, ParseDuration(text));
               if (parsed < rule.min || parsed > rule.max)
                 return Must("must be " + range + ", not '" + text + "'");
               if (parsed.count() % unit.count() != 0)
                 return Must("must be a multiple of " + FormatDuration(unit) +
                             ", not '" + text + "'");
               *value = parsed;
               return Status::Ok();
             });
}

void YamlReader::Field(std::string_view key, std::vector<std::string>* value,
                       const ListRule& rule, std::string_view help) {
  FieldDoc doc{.key = std::string(key),
               .kind = "list",
               .default_value = ListText(*value),
               .help = std::string(help),
               .required = rule.required};
  Document(doc);
  if (std::optional<Input> input = FindInput(key))
    *value = TakeList(*input, key);
  CheckRequired(doc, value->empty());
}

std::vector<std::string> YamlReader::TakeList(const Input& input,
                                              std::string_view key) {
  if (input.node == nullptr) return SplitList(input.text);
  if (input.node->kind == Kind::kScalar) return {input.text};
  if (input.node->kind == Kind::kMap) AddError(input, key, "must be a list");
  std::vector<std::string> items;
  for (const YamlValue& item : input.node->items) {
    if (item.kind != Kind::kScalar)
      AddError(input, key, "must be a list of plain values");
    items.push_back(item.text);
  }
  return items;
}

void YamlReader::Field(std::string_view key,
                       std::map<std::string, std::string>* value,
                       const MapRule&, std::string_view help) {
  Document({.key = std::string(key),
            .kind = "map",
            .default_value = MapText(*value),
            .help = std::string(help)});
  if (std::optional<Input> input = FindInput(key))
    *value = TakeMap(*input, key);
}

std::map<std::string, std::string> YamlReader::TakeMap(const Input& input,
                                                       std::string_view key) {
  std::map<std::string, std::string> map;
  if (input.node == nullptr) {
    for (const std::string& pair : SplitList(input.text)) {
      size_t equals = pair.find('=');
      if (equals == std::string::npos || equals == 0)
        AddError(input, key, "must be written as name=value,...");
      map[pair.substr(0, equals)] =
          equals == std::string::npos ? "" : pair.substr(equals + 1);
    }
    return map;
  }
  if (input.node->kind == Kind::kScalar || input.node->kind == Kind::kList)
    AddError(input, key, "must be a map of names and values");
  for (const YamlMember& member : input.node->members) {
    if (member.value.kind != Kind::kScalar)
      AddError(input, key, "must have a plain value at " + member.name);
    map[member.name] = member.value.text;
  }
  return map;
}

}  // namespace vexaa::config

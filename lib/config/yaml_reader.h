// Binds a config struct to a YAML file, line by line:
//   YamlReader reader({.file_name = path, .text = text, .environment = env});
//   reader.Field("database.port", &config.database.port,
//                {.min = 1, .max = 65535}, "TCP port of the server");
//   RETURN_IF_ERROR(reader.Finish());
// A field keeps the value it has (its default) unless the file, then the
// environment, then a flag gives another. Errors are gathered, not returned
// one by one. Thread-compatible; keeps no pointer past the call.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/config/yaml_tree.h"

namespace vexaa::config {

// The value of an environment variable; nothing when it is not set.
using EnvironmentLookup =
    std::function<std::optional<std::string>(const std::string& name)>;

struct ConfigSources {
  std::string file_name;  // for messages
  std::string text;       // of the file
  EnvironmentLookup environment = nullptr;
  std::map<std::string, std::string> flags = {};  // by key; they win
};

struct TextRule {
  bool required = false;  // must be given and not be empty
  bool secret = false;    // neither value nor default is ever shown
  std::vector<std::string> one_of = {};
};
struct WholeRule {
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
  std::string unit = "";
};
struct NumberRule {
  double min = 0;
  double max = std::numeric_limits<double>::max();
  std::string unit = "";
};
struct DurationRule {
  base::Duration min{0};
  base::Duration max = std::chrono::hours(24 * 366);
};
struct BytesRule {
  uint64_t min = 0;
  uint64_t max = uint64_t{1} << 50;
};
struct BoolRule {};
struct ListRule {
  bool required = false;  // at least one item
};
struct MapRule {};

// What the documentation of a field says.
struct FieldDoc {
  std::string key = "";            // "database.port", "stores[].name"
  std::string environment = "";    // "VEXAA_DATABASE_PORT"; "" in a section
  std::string kind = "";           // "whole number, 1 to 65535"
  std::string default_value = "";  // as YAML; empty: none
  std::string help = "";
  bool required = false;
};

class YamlReader {
 public:
  explicit YamlReader(ConfigSources sources);

  void Field(std::string_view key, std::string* value, const TextRule& rule,
             std::string_view help);
  void Field(std::string_view key, int* value, const WholeRule& rule,
             std::string_view help);
  void Field(std::string_view key, int64_t* value, const WholeRule& rule,
             std::string_view help);
  void Field(std::string_view key, double* value, const NumberRule& rule,
             std::string_view help);
  void Field(std::string_view key, bool* value, const BoolRule& rule,
             std::string_view help);
  // A YAML list, or one scalar; in the environment "a,b,c".
  void Field(std::string_view key, std::vector<std::string>* value,
             const ListRule& rule, std::string_view help);
  // A YAML map of scalars; in the environment "a=b,c=d".
  void Field(std::string_view key, std::map<std::string, std::string>* value,
             const MapRule& rule, std::string_view help);
  // "128Mi"
  void Bytes(std::string_view key, uint64_t* value, const BytesRule& rule,
             std::string_view help);
  // "30s", in any unit of <chrono> that the value is a whole number of.
  template <typename Rep, typename Period>
  void Field(std::string_view key, std::chrono::duration<Rep, Period>* value,
             const DurationRule& rule, std::string_view help);
  // One of a few words, each with its value.
  template <typename T>
  void Choice(std::string_view key, T* value,
              const std::vector<std::pair<std::string, T>>& choices,
              std::string_view help);
  // A list of sections. `bind` reads the fields of one, whose keys all begin
  // with its prefix ("stores[0]."). In the environment or a flag the whole list
  // is JSON.
  void Sections(std::string_view key, std::string_view help,
                const std::function<void(const std::string& prefix)>& bind);
  // A part of the file as it is, a list or a map; never from the environment.
  // Who asks checks what is in it.
  void Tree(std::string_view key, YamlValue* value, YamlValue::Kind kind,
            std::string_view help);
  // Binds fields to a map below this one: `bind` uses keys relative to it, and
  // errors name them with `prefix` and with the lines of this file.
  void Within(const YamlMember& member, const std::string& prefix,
              const std::function<void(YamlReader&)>& bind);
  // Any of the fields above with nothing but its type to keep to.
  template <typename T>
  void Field(std::string_view key, T* value, std::string_view help) {
    Field(key, value, {}, help);
  }

  // True when something other than the default set this field.
  bool Given(std::string_view key) const;
  // An error of the caller's own, at the place where `key` was given:
  // AddError("s3.endpoint", "must begin with http:// or https://").
  // Where it was not, at the place of `beside`, which it does not go with.
  void AddError(std::string_view key, const std::string& what,
                std::string_view beside = {});
  // The same for a line within it.
  void AddErrorAt(int line, std::string_view key, const std::string& what);

  // Refuses what no Field() asked for; OK, or kInvalidArgument with detail
  // "InvalidConfig" and one sentence a line, in the file's order.
  base::Status Finish();
  const std::vector<FieldDoc>& fields() const { return docs_; }

 private:
  struct Input;  // one given value and where it was given
  struct Error {
    int line;  // 0: not in the file
    std::string text;
  };
  using Take = std::function<base::Status(const std::string& text)>;
  // A list of sections that was given as JSON outside the file.
  struct Graft {
    std::string where;
    YamlValue value;
  };

  void Document(FieldDoc doc);
  std::optional<Input> FindInput(std::string_view key) const;
  std::optional<Input> FindItemInput(std::string_view key) const;
  const YamlValue* TakeSections(std::string_view key);
  void AddError(const Input& input, std::string_view key,
                const std::string& what);
  void ReadScalar(FieldDoc doc, const Take& take);
  void ReadWhole(std::string_view key, int64_t* value, const WholeRule& rule,
                 std::string_view help);
  void ReadDuration(std::string_view key, base::Duration* value,
                    base::Duration unit, const DurationRule& rule,
                    std::string_view help);
  std::vector<std::string> TakeList(const Input& input, std::string_view key);
  std::map<std::string, std::string> TakeMap(const Input& input,
                                             std::string_view key);
  void CheckRequired(const FieldDoc& doc, bool empty);
  void RefuseUnknown(const YamlValue& map, const std::string& prefix);
  void RefuseUnknownMember(const YamlMember& member, const std::string& prefix);

  ConfigSources sources_;
  std::string prefix_;  // of all keys, in messages: "kubernetes.queues.night."
  YamlValue root_;
  std::map<std::string, Graft, std::less<>> grafts_;  // by key
  bool readable_ = true;                              // the file is YAML
  std::vector<FieldDoc> docs_;
  std::vector<Error> errors_;
};

// "database.caFile" -> "VEXAA_DATABASE_CA_FILE".
std::string EnvironmentName(std::string_view key);

template <typename Rep, typename Period>
void YamlReader::Field(std::string_view key,
                       std::chrono::duration<Rep, Period>* value,
                       const DurationRule& rule, std::string_view help) {
  using Unit = std::chrono::duration<Rep, Period>;
  base::Duration micros = std::chrono::duration_cast<base::Duration>(*value);
  ReadDuration(key, &micros,
               std::chrono::duration_cast<base::Duration>(Unit(1)), rule, help);
  *value = std::chrono::duration_cast<Unit>(micros);
}

template <typename T>
void YamlReader::Choice(std::string_view key, T* value,
                        const std::vector<std::pair<std::string, T>>& choices,
                        std::string_view help) {
  TextRule rule;
  std::string name;
  for (const auto& [word, meaning] : choices) {
    rule.one_of.push_back(word);
    if (meaning == *value) name = word;
  }
  Field(key, &name, rule, help);
  for (const auto& [word, meaning] : choices)
    if (word == name) *value = meaning;
}

}  // namespace vexaa::config

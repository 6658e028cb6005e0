// What the fault proxy disturbs, and how: plain values and their counting.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vexaa::proxy {

enum class Way { kUp, kDown };  // towards the server, towards the client

enum class Target { kConnection, kRequest, kStatement };

enum class FaultKind {
  kReset,      // the client is cut off; the server sees nothing of it
  kHold,       // waits, unanswered, until it is released
  kAnswer,     // the proxy answers; the server sees nothing of it
  kLoseReply,  // applied: the server's whole reply is taken, the client cut off
  kEdit,       // the reply's status and headers are changed
  kCut,        // the connection ends after `after` bytes
  kStall,      // nothing more moves after `after` bytes
};

struct Fault {
  FaultKind kind = FaultKind::kReset;
  // kCut, kStall: which direction is counted. Of a request it is the body's
  // bytes that count; -1: not even its head.
  Way way = Way::kDown;
  int64_t after = 0;
  // kAnswer, kEdit. An edited header with an empty value is removed.
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // kAnswer to a statement.
  int sql_error = 0;
};

struct Rule {
  Target target = Target::kRequest;
  std::string method;  // of a request; empty: any
  std::string path;    // regular expression, searched in path and query
  // Regular expression, searched in the SQL text; the statements before it in
  // its transaction stand in front, joined by "; ".
  std::string statement;
  int skip = 0;   // so many matches pass first
  int count = 1;  // so many meet the fault then; negative: all
  Fault fault;
};

// One line for people: what it does, to what, how often.
std::string Describe(const Rule& rule);

// What a rule may match.
struct Subject {
  Target target = Target::kRequest;
  std::string_view method;
  std::string_view text;  // path and query, or the SQL text
};

struct Met {
  int rule = 0;
  Fault fault;
};

class RuleBook {
 public:
  struct Entry {
    int id = 0;
    Rule rule;
    std::regex pattern;
    int matched = 0;
    int met = 0;
  };

  // Throws std::regex_error.
  int Add(Rule rule);
  bool Remove(int id);
  void Clear() { entries_.clear(); }
  // The fault of the first rule that this subject meets; counts it.
  std::optional<Met> Meet(const Subject& subject);
  // How often the rule was met; 0 when there is none.
  int MetCount(int id) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
  int last_id_ = 0;
};

}  // namespace vexaa::proxy

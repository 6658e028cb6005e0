#include "tests/proxy/rule.h"

#include <algorithm>

namespace vexaa::proxy {
namespace {

bool Matches(const RuleBook::Entry& entry, const Subject& subject) {
  const Rule& rule = entry.rule;
  if (rule.target != subject.target) return false;
  if (!rule.method.empty() && rule.method != subject.method) return false;
  return std::regex_search(subject.text.begin(), subject.text.end(),
                           entry.pattern);
}

bool IsSpent(const RuleBook::Entry& entry) {
  return entry.rule.count >= 0 && entry.met >= entry.rule.count;
}

std::string KindName(FaultKind kind) {
  switch (kind) {
    case FaultKind::kReset:
      return "reset";
    case FaultKind::kHold:
      return "hold";
    case FaultKind::kAnswer:
      return "answer";
    case FaultKind::kLoseReply:
      return "lose the reply to";
    case FaultKind::kEdit:
      return "edit the reply to";
    case FaultKind::kCut:
      return "cut";
    case FaultKind::kStall:
      return "stall";
  }
  return "";
}

std::string Detail(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kCut:
    case FaultKind::kStall:
      return " after " + std::to_string(fault.after) + " bytes" +
             (fault.way == Way::kUp ? " sent" : "");
    case FaultKind::kAnswer:
    case FaultKind::kEdit: {
      int code = fault.sql_error != 0 ? fault.sql_error : fault.status;
      return code == 0 ? "" : " with " + std::to_string(code);
    }
    default:
      return "";
  }
}

std::string MatchText(const Rule& rule) {
  switch (rule.target) {
    case Target::kConnection:
      return "connection";
    case Target::kStatement:
      return rule.statement;
    default:
      return (rule.method.empty() ? "any" : rule.method) + " " + rule.path;
  }
}

}  // namespace

std::string Describe(const Rule& rule) {
  std::string count =
      rule.count < 0 ? "always" : std::to_string(rule.count) + " times";
  std::string skip =
      rule.skip > 0 ? ", after " + std::to_string(rule.skip) : "";
  return KindName(rule.fault.kind) + " " + MatchText(rule) +
         Detail(rule.fault) + ", " + count + skip;
}

int RuleBook::Add(Rule rule) {
  Entry entry;
  entry.id = ++last_id_;
  entry.pattern =
      std::regex(rule.target == Target::kStatement ? rule.statement : rule.path,
                 std::regex::ECMAScript | std::regex::icase);
  entry.rule = std::move(rule);
  entries_.push_back(std::move(entry));
  return last_id_;
}

bool RuleBook::Remove(int id) {
  return std::erase_if(entries_,
                       [id](const Entry& entry) { return entry.id == id; }) > 0;
}

std::optional<Met> RuleBook::Meet(const Subject& subject) {
  for (Entry& entry : entries_) {
    if (IsSpent(entry) || !Matches(entry, subject)) continue;
    if (++entry.matched <= entry.rule.skip) continue;
    ++entry.met;
    return Met{entry.id, entry.rule.fault};
  }
  return std::nullopt;
}

int RuleBook::MetCount(int id) const {
  auto found =
      std::find_if(entries_.begin(), entries_.end(),
                   [id](const Entry& entry) { return entry.id == id; });
  return found == entries_.end() ? 0 : found->met;
}

}  // namespace vexaa::proxy

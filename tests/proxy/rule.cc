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

}  // namespace

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

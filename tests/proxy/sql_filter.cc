#include "tests/proxy/sql_filter.h"

#include <algorithm>
#include <utility>

namespace vexaa::proxy {
namespace {

// Regular expressions are matched by recursion: a text has its bound.
constexpr size_t kLongestText = 4096;

bool BeginsTransaction(const std::string& statement) {
  return statement.starts_with("START TRANSACTION") ||
         statement.starts_with("BEGIN");
}

bool EndsTransaction(const std::string& statement) {
  return statement.starts_with("COMMIT") || statement.starts_with("ROLLBACK");
}

}  // namespace

std::string SqlFilter::InContext(const std::string& statement) {
  bool inside = !transaction_.empty() && !BeginsTransaction(statement);
  std::string text = inside ? transaction_ + "; " + statement : statement;
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > kLongestText) text.erase(0, text.size() - kLongestText);
  if (inside || BeginsTransaction(statement))
    transaction_ = EndsTransaction(statement) ? "" : text;
  return text;
}

void SqlFilter::OnBytes(Way way, std::string_view bytes) {
  if (way == Way::kUp) {
    for (SqlPacket& packet : framer_.FromClient(bytes))
      OnPacket(std::move(packet));
    return;
  }
  if (lose_reply_) return wire_.Reset();
  framer_.FromServer(bytes);
  wire_.Send(Way::kDown, bytes);
}

void SqlFilter::OnPacket(SqlPacket packet) {
  bool forward = held_by_ == 0 && (packet.statement.empty() || Meet(packet));
  if (forward) return wire_.Send(Way::kUp, packet.bytes);
  if (held_by_ != 0) held_.push_back(std::move(packet));
}

bool SqlFilter::Meet(const SqlPacket& packet) {
  std::string text = InContext(packet.statement);
  auto met = rules_.Meet({Target::kStatement, "", text});
  on_seen_({.what = packet.statement,
            .text = text,
            .at_us = MonotonicMicros(),
            .rule = met ? met->rule : 0});
  if (!met) return true;
  const Fault& fault = met->fault;
  switch (fault.kind) {
    case FaultKind::kAnswer:
      wire_.Send(Way::kDown, SqlErrorPacket(fault.sql_error, fault.body));
      return false;
    case FaultKind::kHold:
      held_by_ = met->rule;
      wire_.HoldClient(true);
      return false;
    case FaultKind::kLoseReply:
      lose_reply_ = true;
      return true;
    case FaultKind::kCut:
    case FaultKind::kStall:
      wire_.Limit(Way::kDown,
                  static_cast<uint64_t>(std::max<int64_t>(0, fault.after)),
                  fault.kind);
      return true;
    default:
      wire_.Reset();
      return false;
  }
}

bool SqlFilter::Release(int rule) {
  if (!Holds(rule)) return false;
  held_by_ = 0;
  for (const SqlPacket& packet : std::exchange(held_, {}))
    wire_.Send(Way::kUp, packet.bytes);
  wire_.HoldClient(false);
  return true;
}

}  // namespace vexaa::proxy

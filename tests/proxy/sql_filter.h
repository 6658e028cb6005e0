// Applies rules on statements to one MySQL connection in clear text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/proxy/http_filter.h"
#include "tests/proxy/sql_framer.h"
#include "tests/proxy/wire.h"

namespace vexaa::proxy {

class SqlFilter final : public Filter {
 public:
  // The references must outlive the filter.
  SqlFilter(Wire& wire, RuleBook& rules, OnSeen on_seen)
      : wire_(wire), rules_(rules), on_seen_(std::move(on_seen)) {}

  void OnBytes(Way way, std::string_view bytes) override;
  bool Release(int rule) override;
  bool Holds(int rule) const override { return held_by_ == rule; }

 private:
  void OnPacket(SqlPacket packet);
  // True when the packet goes on to the server.
  bool Meet(const SqlPacket& packet);
  // The statement, after those before it in its transaction.
  std::string InContext(const std::string& statement);

  Wire& wire_;
  RuleBook& rules_;
  const OnSeen on_seen_;
  SqlFramer framer_;
  std::string transaction_;  // its statements so far; empty outside
  bool lose_reply_ = false;
  int held_by_ = 0;
  std::vector<SqlPacket> held_;
};

}  // namespace vexaa::proxy

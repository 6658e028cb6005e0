// Applies rules on requests to one HTTP/1.1 connection. Requests are answered
// one after another, as our clients send them.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "tests/proxy/http_framer.h"
#include "tests/proxy/wire.h"

namespace vexaa::proxy {

using OnSeen = std::function<void(const Seen&)>;

class HttpFilter final : public Filter {
 public:
  // `authorization` is added to every request unless it is empty. The
  // references must outlive the filter.
  HttpFilter(Wire& wire, RuleBook& rules, std::string authorization,
             OnSeen on_seen)
      : wire_(wire),
        rules_(rules),
        authorization_(std::move(authorization)),
        on_seen_(std::move(on_seen)) {}

  void OnBytes(Way way, std::string_view bytes) override;
  void OnServerEnd() override;
  bool Release(int rule) override;
  bool Holds(int rule) const override;
  // What was held and is late now is on its way like a delayed packet: a
  // server that saw its client's end first might drop it.
  bool HidesClientEnd() const override { return released_ && !open_.empty(); }

 private:
  struct Exchange {
    std::string method;
    std::optional<Met> met;
    bool swallow = false;  // its reply
    Seen seen;

    bool Meets(FaultKind kind) const { return met && met->fault.kind == kind; }
  };

  void OnRequest(const HttpPiece& piece);
  void OnRequestHead(const HttpPiece& piece);
  void ForwardHead();
  void ForwardBody(Exchange& exchange, const std::string& bytes);
  void Answer();
  void OnReply(const HttpPiece& piece);
  void OnReplyHead(Exchange& exchange, const HttpPiece& piece);
  void OnReplyEnd();
  std::string EditedHead(const Fault& fault) const;

  Wire& wire_;
  RuleBook& rules_;
  const std::string authorization_;
  const OnSeen on_seen_;
  HttpFramer requests_{HttpFramer::Side::kRequests};
  HttpFramer replies_{HttpFramer::Side::kResponses};
  std::deque<Exchange> open_;  // the last is being sent, the first answered
  int held_by_ = 0;            // the rule that holds the last request back
  std::string held_;           // what came after its head
  bool released_ = false;      // it was held before
  bool dead_ = false;
};

}  // namespace vexaa::proxy

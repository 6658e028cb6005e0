#include "tests/proxy/http_filter.h"

namespace vexaa::proxy {
namespace {

std::string ReplyText(const Fault& fault, bool with_body) {
  HttpHead head;
  head.start_line = "HTTP/1.1 " + std::to_string(fault.status) + " Disturbed";
  head.headers = fault.headers;
  head.Set("Content-Length", std::to_string(fault.body.size()));
  return head.ToText() + (with_body ? fault.body : "");
}

}  // namespace

void HttpFilter::OnBytes(Way way, std::string_view bytes) {
  if (way == Way::kUp && held_by_ != 0) {
    held_ += bytes;
    return;
  }
  HttpFramer& framer = way == Way::kUp ? requests_ : replies_;
  while (!bytes.empty() && !dead_) {
    if (way == Way::kDown)
      replies_.ExpectNoBody(!open_.empty() && open_.front().method == "HEAD");
    HttpPiece piece = framer.Next(bytes);
    if (piece.kind == HttpPiece::Kind::kNone) return;
    way == Way::kUp ? OnRequest(piece) : OnReply(piece);
    if (way == Way::kUp && held_by_ != 0) {
      held_ = bytes;
      return;
    }
  }
}

void HttpFilter::OnRequest(const HttpPiece& piece) {
  if (piece.kind == HttpPiece::Kind::kHead) {
    OnRequestHead(piece);
  } else {
    ForwardBody(open_.back(), piece.bytes);
  }
  if (!dead_ && piece.last && !open_.empty() &&
      open_.back().Meets(FaultKind::kAnswer))
    Answer();
}

void HttpFilter::OnRequestHead(const HttpPiece& piece) {
  const std::string& line = requests_.head().start_line;
  size_t space = line.find(' ');
  Exchange exchange;
  exchange.method = line.substr(0, space);
  exchange.seen.what = line.substr(0, line.rfind(' '));
  exchange.seen.at_us = MonotonicMicros();
  exchange.seen.range = requests_.head().Find("range");
  std::string_view path = exchange.seen.what;
  path.remove_prefix(std::min(path.size(), exchange.method.size() + 1));
  exchange.seen.text = path;
  exchange.met = rules_.Meet({Target::kRequest, exchange.method, path});
  if (exchange.met) exchange.seen.rule = exchange.met->rule;
  open_.push_back(std::move(exchange));
  const Exchange& now = open_.back();
  if (now.Meets(FaultKind::kReset)) {
    dead_ = true;
    on_seen_(now.seen);
    return wire_.Reset();
  }
  if (now.Meets(FaultKind::kHold)) {
    held_by_ = now.met->rule;
    return wire_.HoldClient(true);
  }
  bool counts_up = now.met && now.met->fault.way == Way::kUp;
  if (counts_up && (now.Meets(FaultKind::kCut) || now.Meets(FaultKind::kStall)))
    wire_.Limit(Way::kUp, piece.bytes.size() + now.met->fault.after,
                now.met->fault.kind);
  if (!now.Meets(FaultKind::kAnswer)) ForwardHead();
}

void HttpFilter::ForwardHead() {
  HttpHead head = requests_.head();
  if (!authorization_.empty()) head.Set("Authorization", authorization_);
  wire_.Send(Way::kUp, head.ToText());
}

void HttpFilter::ForwardBody(Exchange& exchange, const std::string& bytes) {
  exchange.seen.bytes_up += bytes.size();
  if (!exchange.Meets(FaultKind::kAnswer)) wire_.Send(Way::kUp, bytes);
}

void HttpFilter::Answer() {
  Exchange exchange = std::move(open_.back());
  open_.pop_back();
  wire_.Send(Way::kDown,
             ReplyText(exchange.met->fault, exchange.method != "HEAD"));
  on_seen_(exchange.seen);
}

bool HttpFilter::Holds(int rule) const { return held_by_ == rule; }

bool HttpFilter::Release(int rule) {
  if (!Holds(rule)) return false;
  held_by_ = 0;
  released_ = true;
  open_.back().met.reset();
  ForwardHead();
  std::string rest = std::exchange(held_, {});
  OnBytes(Way::kUp, rest);
  if (held_by_ == 0) wire_.HoldClient(false);
  return true;
}

void HttpFilter::OnReply(const HttpPiece& piece) {
  if (open_.empty()) return wire_.Send(Way::kDown, piece.bytes);
  Exchange& exchange = open_.front();
  if (piece.kind == HttpPiece::Kind::kHead) {
    // A "100 Continue" is not the answer yet.
    if (replies_.status() / 100 == 1)
      return wire_.Send(Way::kDown, piece.bytes);
    OnReplyHead(exchange, piece);
  } else {
    exchange.seen.bytes_down += piece.bytes.size();
    if (!exchange.swallow) wire_.Send(Way::kDown, piece.bytes);
  }
  if (piece.last) OnReplyEnd();
}

void HttpFilter::OnReplyHead(Exchange& exchange, const HttpPiece& piece) {
  exchange.seen.status = replies_.status();
  exchange.swallow = exchange.Meets(FaultKind::kLoseReply);
  if (exchange.swallow) return;
  std::string head = piece.bytes;
  if (exchange.Meets(FaultKind::kEdit)) head = EditedHead(exchange.met->fault);
  bool counts_down = exchange.met && exchange.met->fault.way == Way::kDown;
  if (counts_down &&
      (exchange.Meets(FaultKind::kCut) || exchange.Meets(FaultKind::kStall))) {
    int64_t after = exchange.met->fault.after;
    uint64_t bytes = after < 0 ? 0 : head.size() + static_cast<uint64_t>(after);
    on_seen_(exchange.seen);  // its end may never be seen
    wire_.Limit(Way::kDown, bytes, exchange.met->fault.kind);
  }
  wire_.Send(Way::kDown, head);
}

std::string HttpFilter::EditedHead(const Fault& fault) const {
  HttpHead head = replies_.head();
  if (fault.status != 0)
    head.start_line = "HTTP/1.1 " + std::to_string(fault.status) + " Disturbed";
  for (const auto& [name, value] : fault.headers) head.Set(name, value);
  return head.ToText();
}

void HttpFilter::OnReplyEnd() {
  Exchange exchange = std::move(open_.front());
  open_.pop_front();
  bool counted =
      exchange.Meets(FaultKind::kCut) || exchange.Meets(FaultKind::kStall);
  if (!counted || exchange.met->fault.way == Way::kUp) on_seen_(exchange.seen);
  if (!exchange.swallow) return;
  dead_ = true;
  wire_.Reset();
}

// A reply without a length ends with its connection.
void HttpFilter::OnServerEnd() {
  if (!open_.empty() && open_.front().seen.status != 0) OnReplyEnd();
}

}  // namespace vexaa::proxy

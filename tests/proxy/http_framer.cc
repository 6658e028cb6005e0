#include "tests/proxy/http_framer.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>

namespace vexaa::proxy {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

bool SameName(const std::string& a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), b.size()) == 0;
}

std::string_view TakeLine(std::string_view& text) {
  size_t end = std::min(text.find("\r\n"), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 2, text.size()));
  return line;
}

HttpHead ParseHead(std::string_view text) {
  HttpHead head;
  head.start_line = TakeLine(text);
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    head.headers.emplace_back(line.substr(0, colon), value);
  }
  return head;
}

}  // namespace

std::string HttpHead::Find(std::string_view name) const {
  for (const auto& [have, value] : headers)
    if (SameName(have, name)) return value;
  return "";
}

void HttpHead::Set(const std::string& name, const std::string& value) {
  std::erase_if(headers,
                [&](const auto& field) { return SameName(field.first, name); });
  if (!value.empty()) headers.emplace_back(name, value);
}

std::string HttpHead::ToText() const {
  std::string text = start_line + "\r\n";
  for (const auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

int HttpFramer::status() const {
  size_t space = head_.start_line.find(' ');
  return space == std::string::npos
             ? 0
             : std::atoi(head_.start_line.c_str() + space + 1);
}

HttpPiece HttpFramer::Next(std::string_view& input) {
  switch (state_) {
    case State::kHead:
      return TakeHead(input);
    case State::kSized:
    case State::kUntilClose:
      return TakeSized(input);
    default:
      return TakeChunks(input);
  }
}

HttpPiece HttpFramer::TakeHead(std::string_view& input) {
  size_t before = text_.size();
  text_ += input;
  size_t end =
      text_.find(kEndOfHead, before < 3 ? 0 : before - kEndOfHead.size() + 1);
  if (end == std::string::npos) {
    input = {};
    return {};
  }
  size_t size = end + kEndOfHead.size();
  input.remove_prefix(size - before);
  text_.resize(size);
  head_ = ParseHead(text_);
  state_ = AfterHead();
  return {HttpPiece::Kind::kHead, std::exchange(text_, {}),
          state_ == State::kHead};
}

HttpFramer::State HttpFramer::AfterHead() {
  bool response = side_ == Side::kResponses;
  int code = response ? status() : 0;
  bool bodyless =
      response && (no_body_ || code / 100 == 1 || code == 204 || code == 304);
  if (bodyless) return State::kHead;
  if (SameName(head_.Find("transfer-encoding"), "chunked"))
    return State::kChunkSize;
  std::string length = head_.Find("content-length");
  if (length.empty()) return response ? State::kUntilClose : State::kHead;
  left_ = std::strtoull(length.c_str(), nullptr, 10);
  return left_ == 0 ? State::kHead : State::kSized;
}

HttpPiece HttpFramer::TakeSized(std::string_view& input) {
  size_t size = input.size();
  if (state_ == State::kSized) {
    size = static_cast<size_t>(std::min<uint64_t>(size, left_));
    left_ -= size;
    if (left_ == 0) state_ = State::kHead;
  }
  HttpPiece piece{HttpPiece::Kind::kBody, std::string(input.substr(0, size)),
                  state_ == State::kHead};
  input.remove_prefix(size);
  return piece;
}

HttpPiece HttpFramer::TakeChunks(std::string_view& input) {
  size_t used = 0;
  bool last = false;
  while (!last && used < input.size()) last = StepChunk(input, used);
  HttpPiece piece{HttpPiece::Kind::kBody, std::string(input.substr(0, used)),
                  last};
  input.remove_prefix(used);
  return piece;
}

bool HttpFramer::StepChunk(std::string_view input, size_t& used) {
  if (state_ == State::kChunkData) {
    size_t size =
        static_cast<size_t>(std::min<uint64_t>(input.size() - used, left_));
    used += size;
    left_ -= size;
    if (left_ == 0) state_ = State::kChunkEnd;
    return false;
  }
  char next = input[used++];
  if (next == '\n') return EndLine();
  if (next != '\r') text_ += next;
  return false;
}

bool HttpFramer::EndLine() {
  std::string line = std::exchange(text_, {});
  if (state_ == State::kChunkEnd) {
    state_ = State::kChunkSize;
  } else if (state_ == State::kChunkSize) {
    left_ = std::strtoull(line.c_str(), nullptr, 16);
    state_ = left_ == 0 ? State::kTrailer : State::kChunkData;
  } else if (line.empty()) {
    state_ = State::kHead;
    return true;
  }
  return false;
}

}  // namespace vexaa::proxy

#include "lib/http/curl_exchange.h"

#include <cstdlib>

namespace vexaa::http {
namespace {

constexpr size_t kMaxHeaderBytes = 64 * 1024;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void Trim(std::string_view& text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

void CurlExchange::OnHeaderLine(std::string_view line) {
  if (line.starts_with("HTTP/")) return StartAnswer(line);
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    return Fail("the answer's headers are longer than 64 KiB");
  }
  if (line == "\r\n" || line == "\n") whole_header_ = true;
  size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view value = line.substr(colon + 1);
  Trim(value);
  response_.headers.emplace_back(LowerCase(line.substr(0, colon)), value);
}

void CurlExchange::OnBodyBytes(std::span<const std::byte> bytes) {
  bool success = response_.status / 100 == 2;
  if (on_body_ && success) {
    status_ = on_body_(response_, bytes);
    return;
  }
  if (response_.body.size() + bytes.size() > request_.max_body_bytes) {
    return Fail("the answer is longer than " +
                std::to_string(request_.max_body_bytes) + " bytes");
  }
  response_.body.append(reinterpret_cast<const char*>(bytes.data()),
                        bytes.size());
}

// Also after a 1xx answer: only the last one's headers count.
void CurlExchange::StartAnswer(std::string_view line) {
  response_ = Response();
  header_bytes_ = 0;
  whole_header_ = false;
  size_t space = line.find(' ');
  if (space != std::string_view::npos) {
    response_.status = std::atoi(std::string(line.substr(space, 5)).c_str());
  }
}

void CurlExchange::Fail(std::string message) {
  status_ = base::Status(base::Code::kResourceExhausted, std::move(message));
}

}  // namespace vexaa::http

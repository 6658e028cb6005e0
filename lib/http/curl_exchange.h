// One HTTP answer as curl's callbacks deliver it. Thread-compatible.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "lib/base/status.h"
#include "lib/http/http_transport.h"

namespace vexaa::http {

// "Content-Type" -> "content-type".
std::string LowerCase(std::string_view text);

class CurlExchange {
 public:
  // Both must outlive the exchange.
  CurlExchange(const Request& request, const OnBody& on_body)
      : request_(request), on_body_(on_body) {}

  // Once status() is an error the transfer is to be ended.
  void OnHeaderLine(std::string_view line);
  void OnBodyBytes(std::span<const std::byte> bytes);
  const base::Status& status() const { return status_; }
  // False while the answer's header has no end: a connection that is cut there
  // is no error to libcurl, and what says whose an object is may be missing.
  bool has_whole_header() const { return whole_header_; }
  const Response& response() const { return response_; }
  Response TakeResponse() { return std::move(response_); }

 private:
  void StartAnswer(std::string_view line);
  void Fail(std::string message);

  const Request& request_;
  const OnBody& on_body_;
  Response response_;
  size_t header_bytes_ = 0;
  bool whole_header_ = false;
  base::Status status_;
};

}  // namespace vexaa::http

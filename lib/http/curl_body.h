// A BodyStream over libcurl: what curl has received beyond what is asked for is
// kept, about one buffer of it; more stays in the socket.
#pragma once

#include <memory>
#include <vector>

#include "lib/http/curl_call.h"

namespace vexaa::http {

class CurlBody final : public BodyStream {
 public:
  // `pool` must outlive the stream.
  static base::Result<std::unique_ptr<BodyStream>> Open(CurlPool& pool,
                                                        const Request& request,
                                                        std::stop_token stop);

  const Response& response() const override { return exchange_.response(); }
  void Skip(uint64_t bytes) override { skip_ += bytes; }
  base::Result<size_t> Read(std::span<std::byte> out) override;

 private:
  CurlBody(CurlPool& pool, const Request& request, std::stop_token stop);

  static size_t OnWrite(char* data, size_t size, size_t count, void* user);
  base::Status AwaitHeader();
  base::Status Fill();
  // What is left of them.
  std::span<const std::byte> Take(std::span<const std::byte> bytes);

  const Request request_;
  const OnBody no_taker_;
  CurlExchange exchange_;
  uint64_t skip_ = 0;         // still to be dropped
  std::span<std::byte> out_;  // still to be filled, within Read
  std::vector<std::byte> kept_;
  size_t kept_from_ = 0;  // where what is left in `kept_` begins
  bool paused_ = false;
  bool running_ = true;
  CurlCall call_;  // last: it calls back until it is gone
};

}  // namespace vexaa::http

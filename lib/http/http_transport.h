// One HTTP request at a time: the seam over libcurl. No redirects are
// followed, no proxy or netrc is read, no header is added that was not asked
// for (but Host and Content-Length). Implementations are thread-safe; each
// call blocks its thread until the answer is complete, or what it waits for is
// there, or `stop` is requested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::http {

using Header = std::pair<std::string, std::string>;  // name, value

struct Request {
  std::string method = "GET";
  // Scheme, authority, path and query exactly as they go on the wire.
  std::string url;
  std::vector<Header> headers;
  std::span<const std::byte> body;  // must outlive the exchange
  // The whole exchange takes no longer, what a reader of a BodyStream does
  // meanwhile included; zero: no limit (a watch).
  base::Duration timeout = std::chrono::seconds(30);
  // Fails when fewer than 1 KiB/s arrive for that long; zero: off.
  base::Duration stall_timeout = std::chrono::seconds(30);
  // A longer body than this is kResourceExhausted unless `on_body` takes it.
  size_t max_body_bytes = 1 << 20;
  // Goes out at most once: on a connection of its own, because an HTTP client
  // repeats a request by itself when a reused connection turns out dead.
  bool send_once = false;
};

struct Response {
  int status = 0;
  std::vector<Header> headers;  // names in lower case
  std::string body;             // empty when `on_body` took it

  // The first header of that lower-case name.
  std::optional<std::string_view> Find(std::string_view name) const;
};

// Takes body bytes as they arrive, only for 2xx answers, after the headers are
// in `response`; an error it returns ends the transfer and is returned by Send.
using OnBody =
    std::function<base::Status(const Response&, std::span<const std::byte>)>;

// The body of one answer, whatever its status, received on the thread of who
// reads it and as fast as it is read. Destroying it ends the exchange.
// Thread-compatible.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // Its status and headers.
  virtual const Response& response() const = 0;
  // Drops so much of what comes next.
  virtual void Skip(uint64_t bytes) = 0;
  // Fills `out`, less of it only where the body ends. Errors as of Send; what
  // came with one is lost.
  virtual base::Result<size_t> Read(std::span<std::byte> out) = 0;
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // Any complete answer is OK whatever its status. kUnavailable: no connection,
  // reset, time-out or cut body (detail: curl's symbol, such as "RECV_ERROR");
  // kCancelled: stopped; kPermissionDenied: the peer's certificate was refused.
  virtual base::Result<Response> Send(const Request& request,
                                      std::stop_token stop,
                                      const OnBody& on_body = nullptr) = 0;
  // As Send, but returns once the answer's headers are there. The transport
  // must outlive the stream; `stop` ends it, too.
  virtual base::Result<std::unique_ptr<BodyStream>> Open(
      const Request& request, std::stop_token stop) = 0;
};

}  // namespace vexaa::http

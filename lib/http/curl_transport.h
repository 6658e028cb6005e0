// HttpTransport over libcurl: HTTP/1.1, connections kept and reused, one per
// call in flight. Thread-safe. A stop request ends a call at once. A long body
// of known length is taken in large pieces, up to 1 ms after they came. Only
// http and https; no redirects, no cookies, no netrc, no proxy of the
// environment; certificates are always checked.
#pragma once

#include <memory>
#include <string>

#include "lib/http/http_transport.h"

namespace vexaa::http {

// Each item as a file's path or as PEM text; the text wins. Without a CA the
// system's own list decides.
struct TlsOptions {
  std::string ca_file, ca_pem;
  std::string certificate_file, certificate_pem;  // shown to the server
  std::string key_file, key_pem;
};

struct CurlOptions {
  TlsOptions tls;
  std::string proxy;       // "http://host:port"; empty: none
  std::string user_agent;  // empty: no such header
  base::Duration connect_timeout = std::chrono::seconds(5);
  // A peer that acknowledges nothing for that long is dead.
  base::Duration dead_peer_timeout = std::chrono::seconds(45);
  // One for each thread of a controller: a new one costs a TLS handshake.
  size_t max_idle_connections = 32;
};

class CurlPool;

class CurlTransport final : public HttpTransport {
 public:
  explicit CurlTransport(CurlOptions options);
  ~CurlTransport() override;

  base::Result<Response> Send(const Request& request, std::stop_token stop,
                              const OnBody& on_body = nullptr) override;
  base::Result<std::unique_ptr<BodyStream>> Open(const Request& request,
                                                 std::stop_token stop) override;

 private:
  std::unique_ptr<CurlPool> pool_;
};

}  // namespace vexaa::http

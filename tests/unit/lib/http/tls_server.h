// A TLS server on loopback for tests of certificates, and the certificates.
#pragma once

#include <memory>
#include <string>

#include "tests/unit/lib/http/loopback_server.h"

namespace vexaa::http {

// Self-signed, valid for an hour, for one IP address.
struct Certificate {
  std::string pem;
  std::string key_pem;
};
Certificate MakeCertificate(const std::string& ip_address);

// Answers every connection's first request with "200 OK" and `body`. Wants a
// client certificate signed by `client_ca_pem` unless that is empty.
class TlsServer {
 public:
  TlsServer(const Certificate& own, const std::string& client_ca_pem,
            std::string body = "secret");
  ~TlsServer();
  std::string url() const;

 private:
  struct Context;
  void Serve(Connection& connection);

  std::unique_ptr<Context> context_;
  const std::string body_;
  LoopbackServer server_;
};

}  // namespace vexaa::http

// A TCP proxy on loopback that delays, limits and disturbs what passes. It
// knows HTTP/1.1 and the MySQL protocol well enough to meet single requests and
// statements. One thread of its own serves all connections; every method may
// be called from any other thread and returns when its change is in effect.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/status.h"
#include "lib/http/curl_transport.h"
#include "tests/proxy/link.h"
#include "tests/proxy/rule.h"
#include "tests/proxy/wire.h"

namespace vexaa::proxy {

enum class Protocol { kTcp, kHttp, kSql };

struct Upstream {
  Protocol protocol = Protocol::kTcp;
  std::string host;
  uint16_t port = 0;
  // TLS towards the server when set.
  std::optional<http::TlsOptions> tls;
  std::string authorization;  // header of every HTTP request; may be empty
};

// "tcp://host:port", "http://...", "https://..." (with the system's CAs),
// "mysql://...". kInvalidArgument: something else.
base::Result<Upstream> ParseUpstream(const std::string& text);

struct ProxyOptions {
  Upstream upstream;
  LinkOptions link;
  std::string address = "127.0.0.1";
  uint16_t port = 0;        // 0: any free one
  bool listen_tls = false;  // with a certificate of its own
  bool listen_control = false;
};

struct ProxyState {
  struct RuleState {
    int id = 0;
    Rule rule;
    int met = 0;
  };
  std::vector<RuleState> rules;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  uint64_t connections = 0;          // so far
  uint64_t open_connections = 0;     // now
  uint64_t stalled_connections = 0;  // of those
};

class FaultProxy {
 public:
  // kUnavailable: it cannot listen; kInvalidArgument: the upstream's host or
  // certificates are not usable.
  static base::Result<std::unique_ptr<FaultProxy>> Start(
      const ProxyOptions& options);
  ~FaultProxy();  // ends all connections

  uint16_t port() const;
  uint16_t control_port() const;      // 0 without one
  const std::string& ca_pem() const;  // of its own certificate; may be empty

  // The rule's id. Rules are asked in the order they were added.
  int Add(const Rule& rule);
  // The connections that it holds are cut off.
  void Remove(int rule);
  void RemoveAll();
  // How often the rule was met.
  int MetCount(int rule);
  // Lets what the rule holds go on; the count of what was held.
  int Release(int rule);

  void SetLink(const LinkOptions& options);
  // New connections are refused; those there are stay.
  void Refuse(bool refuse);
  // Nothing moves, nobody is told.
  void Pause(bool pause);
  // Resets all connections.
  void ResetAll();

  ProxyState State();
  // Requests and statements that ended, oldest first; the last 10,000.
  std::vector<Seen> Log();
  void ClearLog();
  // Until a client of the control port says so.
  void WaitForQuit();

 private:
  class Impl;
  explicit FaultProxy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vexaa::proxy

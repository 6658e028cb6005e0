// The program's small HTTP port: /metrics, /livez (also /healthz), /readyz and
// what is registered besides. One thread; slow, large and too many callers are
// cut off. No TLS, no secrets: whoever reaches the port may read it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/metrics/admin_router.h"
#include "lib/metrics/registry.h"

namespace vexaa::metrics {

struct AdminOptions {
  std::string address = "0.0.0.0";
  uint16_t port = 0;  // 0: any free one
  // A running pod keeps one connection for its progress.
  size_t max_connections = 1024;
  // For a whole header, a whole body, an answer, and between two requests.
  base::Duration timeout = std::chrono::seconds(10);
  size_t max_body_bytes = 64 << 10;
};

class AdminServer {
 public:
  // `registry` must outlive the server.
  AdminServer(AdminOptions options, const Registry& registry);
  ~AdminServer();  // stops

  // Before Start only; see AdminRouter.
  void Handle(std::string method, std::string path_prefix,
              AdminHandler handler);
  void AddReadyCheck(std::string name, ReadyCheck check);

  // kUnavailable: the address cannot be bound.
  base::Status Start();
  // Answers nothing more; returns when the thread has ended. Connections close
  // with the server's destruction.
  void Stop();
  uint16_t port() const;  // the real one, after Start

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vexaa::metrics

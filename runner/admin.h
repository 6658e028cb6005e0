// The runner's own small port: /metrics and /livez. Nothing depends on it: a
// port that cannot be had costs a warning.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/base/log.h"
#include "lib/metrics/admin_server.h"
#include "runner/progress.h"
#include "runner/runner_metrics.h"

namespace vexaa::runner {

class AdminPort {
 public:
  // `address` is host:port, port 0 for any; empty: no port. The references
  // must outlive this.
  AdminPort(const std::string& address, ProgressBoard& board,
            base::Logger& log);
  ~AdminPort();

 private:
  ProgressBoard& board_;
  metrics::Registry registry_;
  RunnerMetrics metrics_;
  std::optional<metrics::AdminServer> server_;
};

// "0.0.0.0:8080", "[::1]:0", ":0". kInvalidArgument: not of that form.
base::Result<metrics::AdminOptions> ParseAdminAddress(
    const std::string& address);

}  // namespace vexaa::runner

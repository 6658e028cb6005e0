// Takes the progress that runners POST and puts it into the database. Its loss
// never matters: unknown attempts are refused, errors are only logged.
#pragma once

#include "controller/attempts.h"
#include "lib/base/log.h"
#include "lib/metrics/admin_router.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

class ProgressReceiver {
 public:
  // All must outlive the receiver.
  ProgressReceiver(const Attempts& attempts, store::JobStore& store,
                   base::Logger& log)
      : attempts_(attempts), store_(store), log_(log) {}

  // 204 taken, 400 unreadable, 401 no live attempt has this token.
  metrics::AdminResponse Take(const metrics::AdminRequest& request);

 private:
  // The live attempt of this token, from memory or else from its row.
  std::optional<jobs::AttemptId> Live(std::string_view token);

  const Attempts& attempts_;
  store::JobStore& store_;
  base::Logger& log_;
};

}  // namespace vexaa::controller

// Aborts uploads that dead attempts left open. It is called only where nobody
// can be completing them: before an attempt's pod exists, or for a terminal
// row whose output locks are still held (docs/adr/0003). Thread-safe.
#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/objects/store_set.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

class UploadSweeper {
 public:
  // All must outlive the sweeper.
  UploadSweeper(const objects::StoreSet& stores, base::Logger& log)
      : stores_(stores), log_(log) {}

  // Aborts every open upload of exactly these outputs' keys that began at
  // `since` or later, but those in `keep`.
  base::Status Sweep(const std::vector<store::JobOutput>& outputs,
                     base::Time since, const std::set<std::string>& keep,
                     std::stop_token stop);
  // Aborts one upload by its id.
  base::Status Abort(const std::string& uri, const std::string& upload_id,
                     std::stop_token stop);

 private:
  base::Status SweepOne(const std::string& uri, base::Time since,
                        const std::set<std::string>& keep,
                        std::stop_token stop);

  const objects::StoreSet& stores_;
  base::Logger& log_;
};

}  // namespace vexaa::controller

// Deletes pods whose attempt is over: those still working at once, finished
// ones after their time. Before a pod goes, the uploads that it left open are
// noted and the end of its log is saved, where it can be had. Not thread-safe;
// the parts must outlive it.
#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/log_keeper.h"
#include "controller/maintenance/pod_retention.h"
#include "controller/pod_runtime.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

struct PodCleanerParts {
  store::JobStore& store;
  PodRuntime& pods;
  LogKeeper& logs;
  base::Clock& clock;
  base::Logger& log;
  std::string installation;  // UUID of the database
};

class PodCleaner {
 public:
  PodCleaner(PodCleanerParts parts, PodRetention retention)
      : parts_(std::move(parts)), retention_(retention) {}

  // One round over all pods. A log that cannot be had holds up nothing for
  // long: its pod goes without.
  base::Status Clean(std::stop_token stop);

 private:
  using Attempts = std::set<jobs::AttemptId>;
  struct Unsure {
    jobs::AttemptId attempt;
    std::string uid;
  };

  base::Status NoteLeftUploads(const std::vector<kube::Pod>& pods,
                               const Attempts& live);
  base::Status KeepLogs(const std::vector<kube::Pod>& pods,
                        const Attempts& live, const std::vector<kube::Pod>& due,
                        std::stop_token stop);
  std::vector<Unsure> FindUnsure(const std::vector<kube::Pod>& pods,
                                 const Attempts& live,
                                 const std::vector<kube::Pod>& due);

  const PodCleanerParts parts_;
  const PodRetention retention_;
  // Finished pods by uid, each looked at once: those whose uploads are noted,
  // and whether the log is in the database (if not, it is asked for once more
  // before the pod goes).
  std::set<std::string> noted_;
  std::map<std::string, bool> logged_;
};

}  // namespace vexaa::controller

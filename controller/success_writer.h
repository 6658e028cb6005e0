// Writes down that results are published, for all that wait by one transaction:
// under a backlog the database pays for few of them. Who dies before it leaves
// a row that publishes, and whoever publishes it again finds its objects whole.
// Thread-safe; the parts must outlive it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <vector>

#include "controller/attempts.h"
#include "controller/bell.h"
#include "controller/controller_metrics.h"
#include "controller/creation_gate.h"
#include "controller/log_keeper.h"
#include "controller/work_queue.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

struct SuccessWriterParts {
  store::JobStore& store;
  Bell& room;
  CreationGate& gate;
  Attempts& attempts;
  LogKeeper& logs;
  WorkQueue& publishing;  // takes back what could not be written
  ControllerMetrics& metrics;
  base::Clock& clock;
  base::Logger& log;
};

class SuccessWriter {
 public:
  struct Published {
    store::Success success;
    bool keep_log = false;  // its pod is over: its log can be had
  };

  explicit SuccessWriter(SuccessWriterParts parts) : parts_(parts) {}

  // Waits while too many wait already; false when stopped meanwhile. An attempt
  // that waits is not added again.
  bool Add(const Published& published, std::stop_token stop);
  // Writes what waits, at most store::kMaxSuccesses; false when nothing does.
  bool WriteNext();
  // Writes what is added, until stopped; what waits then is WriteNext's.
  void Run(std::stop_token stop);

 private:
  std::vector<Published> Take();
  void Note(const Published& published);
  void GiveBack(jobs::JobId id);

  SuccessWriterParts parts_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Published> waiting_;  // guarded by mutex_
};

}  // namespace vexaa::controller

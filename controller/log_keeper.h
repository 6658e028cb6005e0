// Keeps the end of a runner's log where SQL finds it after the pod is gone.
// Best effort: the transition is made before it. Thread-safe; the parts must
// outlive it. At most 1,000 attempts wait; of more, the oldest go without.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <vector>

#include "controller/pod_runtime.h"
#include "lib/base/log.h"
#include "lib/jobs/job.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

class LogKeeper {
 public:
  LogKeeper(store::JobStore& store, PodRuntime& pods, base::Logger& log)
      : store_(store), pods_(pods), log_(log) {}

  // Later, by the thread of Run(): nobody waits for the log.
  void Add(const jobs::AttemptId& attempt);
  // Now: before the pod is deleted. False when it could not be had or kept.
  bool Keep(const jobs::AttemptId& attempt);
  // Keeps the oldest few that wait, together; false when none does.
  bool KeepNext();
  // Keeps what was added, until stopped.
  void Run(std::stop_token stop);

 private:
  // How many were had and kept.
  size_t KeepAll(const std::vector<jobs::AttemptId>& attempts);
  void Say(const jobs::AttemptId& attempt, const base::Status& why);

  store::JobStore& store_;
  PodRuntime& pods_;
  base::Logger& log_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<jobs::AttemptId> waiting_;  // guarded by mutex_
};

}  // namespace vexaa::controller

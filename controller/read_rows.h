// Rows that were read a moment ago, for who works on their jobs next: it need
// not read them again. Thread-safe. Holds at most one entry for each id in the
// work queue.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "lib/base/clock.h"
#include "lib/jobs/job.h"

namespace vexaa::controller {

struct ReadRow {
  jobs::Job job;
  base::Duration read_at{};  // of the clock's Elapsed(), before the read
};

class ReadRows {
 public:
  // `clock` must outlive it.
  explicit ReadRows(const base::Clock& clock) : clock_(clock) {}

  void Put(jobs::Job job, base::Duration read_at);
  // Each row once; nothing when it is older than a second: then it may have
  // moved on, and is to be read.
  std::optional<ReadRow> Take(jobs::JobId id);
  void Clear();

 private:
  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<jobs::JobId, ReadRow> rows_;  // guarded by mutex_
};

}  // namespace vexaa::controller

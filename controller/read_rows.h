// Rows that were read a moment ago, for who works on their jobs next: it need
// not read them again. Thread-safe. Holds at most one entry for each id in the
// work queue.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "lib/base/clock.h"
#include "lib/jobs/job.h"
#include "lib/store/job_store.h"

namespace vexaa::controller {

struct ReadRow {
  jobs::Job job;
  base::Duration read_at{};  // of the clock's Elapsed(), before the read
  std::vector<store::JobOutput> outputs = {};  // where they are published next
};

class ReadRows {
 public:
  // `clock` must outlive it. Past `fresh_for` a row may have moved on.
  explicit ReadRows(const base::Clock& clock,
                    base::Duration fresh_for = std::chrono::seconds(1))
      : clock_(clock), fresh_for_(fresh_for) {}

  void Put(ReadRow row);
  // Each row once; nothing when it is no longer fresh: then it is to be read.
  std::optional<ReadRow> Take(jobs::JobId id);
  void Clear();

 private:
  const base::Clock& clock_;
  const base::Duration fresh_for_;
  std::mutex mutex_;
  std::map<jobs::JobId, ReadRow> rows_;  // guarded by mutex_
};

}  // namespace vexaa::controller

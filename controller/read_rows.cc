#include "controller/read_rows.h"

#include <utility>

namespace vexaa::controller {

void ReadRows::Put(ReadRow row) {
  const jobs::JobId id = row.job.id;
  std::lock_guard lock(mutex_);
  rows_.insert_or_assign(id, std::move(row));
}

std::optional<ReadRow> ReadRows::Take(jobs::JobId id) {
  std::lock_guard lock(mutex_);
  auto found = rows_.extract(id);
  if (found.empty()) return std::nullopt;
  ReadRow row = std::move(found.mapped());
  if (clock_.Elapsed() - row.read_at > fresh_for_) return std::nullopt;
  return row;
}

void ReadRows::Clear() {
  std::lock_guard lock(mutex_);
  rows_.clear();
}

}  // namespace vexaa::controller

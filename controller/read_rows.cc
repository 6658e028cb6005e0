#include "controller/read_rows.h"

#include <utility>

namespace vexaa::controller {
namespace {

constexpr base::Duration kFreshFor = std::chrono::seconds(1);

}  // namespace

void ReadRows::Put(jobs::Job job, base::Duration read_at) {
  const jobs::JobId id = job.id;
  std::lock_guard lock(mutex_);
  rows_.insert_or_assign(id, ReadRow{std::move(job), read_at});
}

std::optional<ReadRow> ReadRows::Take(jobs::JobId id) {
  std::lock_guard lock(mutex_);
  auto found = rows_.extract(id);
  if (found.empty()) return std::nullopt;
  ReadRow row = std::move(found.mapped());
  if (clock_.Elapsed() - row.read_at > kFreshFor) return std::nullopt;
  return row;
}

void ReadRows::Clear() {
  std::lock_guard lock(mutex_);
  rows_.clear();
}

}  // namespace vexaa::controller

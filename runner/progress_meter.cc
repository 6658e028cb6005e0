#include "runner/progress_meter.h"

#include <algorithm>
#include <chrono>

namespace vexaa::runner {
namespace {

constexpr base::Duration kProgressPause = std::chrono::milliseconds(250);
constexpr base::Duration kProgressAtLeastEvery = std::chrono::seconds(2);

double Seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void ProgressMeter::Update(double percent, double media_seconds,
                           uint64_t bytes_read) {
  base::Duration now = clock_.Elapsed();
  if (!callback_ || now < told_at_ + kProgressPause) return;
  if (percent < told_percent_ + 1 && now < told_at_ + kProgressAtLeastEvery)
    return;
  told_at_ = now;
  Tell(percent, media_seconds, bytes_read);
}

void ProgressMeter::Tell(double percent, double media_seconds,
                         uint64_t bytes_read) {
  if (!callback_) return;
  told_percent_ = percent;
  double elapsed = std::max(Seconds(clock_.Elapsed() - start_), 1e-3);
  callback_({percent, media_seconds / elapsed, media_seconds, bytes_read});
}

}  // namespace vexaa::runner

#include "runner/media_watchdog.h"

#include <sys/resource.h>

#include <string>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/limits.h"

namespace vexaa::runner {
namespace {

constexpr base::Duration kLookEvery = std::chrono::seconds(1);

base::Duration ToDuration(const timeval& time) {
  return std::chrono::duration_cast<base::Duration>(
      std::chrono::seconds(time.tv_sec) +
      std::chrono::microseconds(time.tv_usec));
}

}  // namespace

std::optional<base::Status> StuckRule::Judge(uint64_t beats,
                                             base::Duration cpu) {
  if (cpu > media::kMaxCpu)
    return jobs::Fail(jobs::Reason::kInputTooLarge,
                      "the source took more than " +
                          std::to_string(media::kMaxCpu.count() / 3600) +
                          " hours of computing; extract a part of it");
  if (beats != beats_) {
    beats_ = beats;
    cpu_at_beat_ = cpu;
  }
  if (cpu - cpu_at_beat_ <= media::kMaxStuckCpu) return std::nullopt;
  return jobs::Fail(jobs::Reason::kCorruptInput,
                    "the source kept a decoder busy for " +
                        std::to_string(media::kMaxStuckCpu.count()) +
                        " s without a result: it is damaged, or made to do so");
}

MediaWatchdog::MediaWatchdog(const Pulse& pulse, base::Clock& clock,
                             std::function<base::Duration()> cpu_time,
                             std::function<void(const base::Status&)> on_stuck)
    : pulse_(pulse),
      clock_(clock),
      cpu_time_(std::move(cpu_time)),
      on_stuck_(std::move(on_stuck)),
      thread_([this](std::stop_token ended) { Watch(ended); }) {}

void MediaWatchdog::Watch(std::stop_token ended) {
  StuckRule rule;
  while (clock_.Sleep(kLookEvery, ended)) {
    auto stuck = rule.Judge(pulse_.beats(), cpu_time_());
    if (!stuck) continue;
    on_stuck_(*stuck);
    return;
  }
}

base::Duration ProcessCpuTime() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return ToDuration(used.ru_utime) + ToDuration(used.ru_stime);
}

}  // namespace vexaa::runner

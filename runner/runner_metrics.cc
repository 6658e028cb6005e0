#include "runner/runner_metrics.h"

namespace vexaa::runner {
namespace {

void RaiseTo(const metrics::Counter& counter, uint64_t total) {
  counter.Add(static_cast<double>(total) - counter.value());
}

}  // namespace

RunnerMetrics::RunnerMetrics(metrics::Registry& registry)
    : done_(registry.AddGauge("vexaa_runner_progress_ratio",
                              "How much of the run is done, 0 to 1.")),
      speed_(registry.AddGauge("vexaa_runner_speed_ratio",
                               "Seconds of audio made per second.")),
      media_(registry.AddGauge("vexaa_runner_media_seconds",
                               "Seconds of audio made so far.")),
      read_(registry.AddCounter("vexaa_runner_read_bytes_total",
                                "Bytes of the source read so far.")) {}

void RunnerMetrics::Update(const jobs::RunProgress& progress) const {
  done_.Set(progress.percent / 100);
  speed_.Set(progress.speed);
  media_.Set(progress.media_seconds);
  RaiseTo(read_, progress.bytes_read);
}

}  // namespace vexaa::runner

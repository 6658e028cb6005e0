#include "runner/runner_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::runner {
namespace {

using testing::HasSubstr;

TEST(RunnerMetrics, ShowHowFarARunIsAndHowFast) {
  metrics::Registry registry;
  RunnerMetrics shown(registry);
  shown.Update({.percent = 25,
                .speed = 120,
                .media_seconds = 900,
                .bytes_read = 700'000'000});
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("\nvexaa_runner_progress_ratio 0.25\n"));
  EXPECT_THAT(text, HasSubstr("\nvexaa_runner_speed_ratio 120\n"));
  EXPECT_THAT(text, HasSubstr("\nvexaa_runner_media_seconds 900\n"));
  EXPECT_THAT(text, HasSubstr("\nvexaa_runner_read_bytes_total 700000000\n"));
}

TEST(RunnerMetrics, CountWhatWasReadOnce) {
  metrics::Registry registry;
  RunnerMetrics shown(registry);
  for (uint64_t bytes : {100, 250, 250})
    shown.Update({.percent = 1, .bytes_read = bytes});
  EXPECT_THAT(registry.Text(),
              HasSubstr("\nvexaa_runner_read_bytes_total 250\n"));
}

}  // namespace
}  // namespace vexaa::runner

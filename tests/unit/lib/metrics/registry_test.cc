#include "lib/metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/metrics/process_stats.h"

namespace vexaa::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Registry, ShowsEverySeriesAtZeroFromTheStart) {
  Registry registry;
  registry.AddCounters("vexaa_jobs_finished_total", "Jobs.", "result",
                       {"succeeded", "failed"});
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("# TYPE vexaa_jobs_finished_total counter\n"));
  EXPECT_THAT(text,
              HasSubstr("vexaa_jobs_finished_total{result=\"failed\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("vexaa_jobs_finished_total{result=\"succeeded\"} 0\n"));
}

TEST(Registry, CountsSetsAndObserves) {
  Registry registry;
  const Counter counter = registry.AddCounter("c_total", "C.");
  const Gauge gauge = registry.AddGauge("g", "G.");
  const Histogram histogram = registry.AddHistogram("h_seconds", "H.", {1, 5});
  counter.Add();
  counter.Add(2);
  counter.Add(-7);
  gauge.Set(4);
  gauge.Add(-1);
  histogram.Observe(3);
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("\nc_total 3\n"));
  EXPECT_THAT(text, HasSubstr("\ng 3\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"5\"} 1\n"));
}

TEST(Registry, PutsLabelsOfOneNameUnderOneFamily) {
  Registry registry;
  registry.AddGauge("vexaa_jobs", "Jobs.", {{"state", "queued"}}).Set(2);
  registry.AddGauge("vexaa_jobs", "Jobs.", {{"state", "running"}}).Set(1);
  const std::string text = registry.Text();
  const std::string type = "# TYPE vexaa_jobs gauge";
  EXPECT_EQ(text.find(type), text.rfind(type));
  EXPECT_THAT(text, HasSubstr("vexaa_jobs{state=\"running\"} 1\n"));
}

TEST(Registry, KeepsHelpOnOneLine) {
  Registry registry;
  registry.AddCounter("c_total", "One\\two\nthree");
  EXPECT_THAT(registry.Text(), HasSubstr("# HELP c_total One two three\n"));
}

TEST(Registry, IgnoresALabelValueThatWasNotNamedAtStart) {
  Registry registry;
  const CounterSet set = registry.AddCounters("c_total", "C.", "reason", {"a"});
  set.At("b").Add();
  set.At("a").Add();
  EXPECT_THAT(registry.Text(), HasSubstr("c_total{reason=\"a\"} 1\n"));
  EXPECT_THAT(registry.Text(), Not(HasSubstr("reason=\"b\"")));
}

TEST(Registry, DefaultHandlesDoNothing) {
  Counter().Add();
  Gauge().Set(1);
  Histogram().Observe(1);
  EXPECT_EQ(GaugeSet().At("x").value(), 0);
}

TEST(ProcessStats, KnowsThisProcess) {
  const ProcessStats stats = ReadProcessStats();
  EXPECT_GT(stats.resident_bytes, 1e6);
  EXPECT_GE(stats.virtual_bytes, stats.resident_bytes);
  EXPECT_GE(stats.open_fds, 3);
  EXPECT_GE(stats.threads, 1);
  EXPECT_GT(stats.start_time_seconds, 1.6e9);
}

}  // namespace
}  // namespace vexaa::metrics

#include "controller/controller_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

using testing::HasSubstr;

TEST(ControllerMetrics, ForgetQueuesAndJobsWithTheLead) {
  metrics::Registry registry;
  ControllerMetrics counts(registry, {"default"});
  counts.SetLeading(true);
  counts.SetQueueStopped("default", true);
  counts.SetJobCounts({{jobs::JobState::kRunning, 7}});
  EXPECT_THAT(registry.Text(), HasSubstr("vexaa_leader 1\n"));
  EXPECT_THAT(registry.Text(),
              HasSubstr("vexaa_queue_stopped{queue=\"default\"} 1\n"));
  EXPECT_THAT(registry.Text(), HasSubstr("{state=\"running\"} 7\n"));
  counts.SetLeading(false);
  EXPECT_THAT(registry.Text(), HasSubstr("vexaa_leader 0\n"));
  EXPECT_THAT(registry.Text(),
              HasSubstr("vexaa_queue_stopped{queue=\"default\"} 0\n"));
  EXPECT_THAT(registry.Text(), HasSubstr("{state=\"running\"} 0\n"));
}

}  // namespace
}  // namespace vexaa::controller

#include "controller/maintenance/pod_retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const base::Time kNow{std::chrono::hours(500'000)};

kube::Pod PodOf(uint64_t job, kube::PodPhase phase, base::Duration ended_ago) {
  kube::Pod pod;
  pod.name = jobs::PodNameFor({jobs::JobId(job), 1});
  pod.phase = phase;
  pod.created_at = kNow - ended_ago;
  if (phase == kube::PodPhase::kSucceeded || phase == kube::PodPhase::kFailed)
    pod.termination = kube::Termination{.finished_at = kNow - ended_ago};
  return pod;
}

std::vector<std::string> Names(const std::vector<kube::Pod>& pods) {
  std::vector<std::string> names;
  for (const kube::Pod& pod : pods) names.push_back(pod.name);
  return names;
}

std::vector<std::string> Deleted(const std::vector<kube::Pod>& pods,
                                 const std::set<jobs::AttemptId>& live = {},
                                 int max_finished = 200) {
  return Names(PodsToDelete(pods, live, {.max_finished = max_finished}, kNow));
}

TEST(PodsToDelete, KeepsFinishedPodsForTheirTime) {
  EXPECT_THAT(Deleted({PodOf(1, kube::PodPhase::kSucceeded, 9min),
                       PodOf(2, kube::PodPhase::kFailed, 59min)}),
              IsEmpty());
  EXPECT_THAT(Deleted({PodOf(1, kube::PodPhase::kSucceeded, 11min),
                       PodOf(2, kube::PodPhase::kFailed, 61min)}),
              ElementsAre("vexaa-job-1-1", "vexaa-job-2-1"));
}

TEST(PodsToDelete, NeverTakesThePodOfALiveAttempt) {
  std::set<jobs::AttemptId> live = {{jobs::JobId(1), 1}};
  EXPECT_THAT(Deleted({PodOf(1, kube::PodPhase::kSucceeded, 24h)}, live),
              IsEmpty());
  EXPECT_THAT(Deleted({PodOf(1, kube::PodPhase::kRunning, 1min)}, live),
              IsEmpty());
}

TEST(PodsToDelete, TakesGhostsAtOnce) {
  EXPECT_THAT(Deleted({PodOf(1, kube::PodPhase::kRunning, 1s),
                       PodOf(2, kube::PodPhase::kPending, 1s)}),
              ElementsAre("vexaa-job-1-1", "vexaa-job-2-1"));
}

TEST(PodsToDelete, TakesTheOldestAboveTheLimit) {
  EXPECT_THAT(Deleted({PodOf(1, kube::PodPhase::kSucceeded, 1min),
                       PodOf(2, kube::PodPhase::kSucceeded, 3min),
                       PodOf(3, kube::PodPhase::kSucceeded, 2min)},
                      {}, 1),
              ElementsAre("vexaa-job-2-1", "vexaa-job-3-1"));
}

TEST(PodsToDelete, LeavesPodsAloneThatAreNotNamedByUs) {
  kube::Pod pod = PodOf(1, kube::PodPhase::kRunning, 1s);
  pod.name = "vexaa-controller-abc";
  EXPECT_THAT(Deleted({pod}), IsEmpty());
}

}  // namespace
}  // namespace vexaa::controller

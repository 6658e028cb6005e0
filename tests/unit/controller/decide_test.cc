#include "controller/decide.h"

#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using jobs::Reason;

const base::Time kNow{std::chrono::hours(500'000)};

jobs::Job JobIn(JobState state) {
  jobs::Job job;
  job.id = jobs::JobId(1);
  job.attempt = 1;
  job.state = state;
  job.max_attempts = 3;
  job.first_claimed_at = kNow;
  return job;
}

PodObservation Seen(PodSight sight) {
  PodObservation seen;
  seen.sight = sight;
  seen.uid = "uid";
  return seen;
}

PodObservation Over(Reason reason) {
  PodObservation seen = Seen(PodSight::kOver);
  seen.reason = reason;
  return seen;
}

PodObservation Staged() {
  PodObservation seen = Over(Reason::kSucceeded);
  seen.outcome = jobs::RunOutcome{.reason = Reason::kSucceeded};
  return seen;
}

Action DecideNow(const jobs::Job& job, const PodObservation& seen,
                 bool pod_known = false) {
  return Decide(
      job, seen,
      {.self = "me", .now = kNow, .random = 0.5, .pod_known = pod_known});
}

template <typename T>
const T* As(const Action& action) {
  return std::get_if<T>(&action);
}

TEST(Decide, LeavesRowsAloneThatNoAttemptWorksOn) {
  for (JobState state :
       {JobState::kScheduled, JobState::kQueued, JobState::kSucceeded,
        JobState::kFailed, JobState::kCancelled})
    EXPECT_TRUE(As<DoNothing>(DecideNow(JobIn(state), Staged())));
}

TEST(Decide, StartsAPodForAClaimedRowWithoutOne) {
  EXPECT_TRUE(As<StartPod>(
      DecideNow(JobIn(JobState::kClaimed), Seen(PodSight::kAbsent))));
}

TEST(Decide, SaysWhatAPendingPodWaitsForAndEndsItPastItsPatience) {
  PodObservation seen = Seen(PodSight::kPending);
  EXPECT_TRUE(As<DoNothing>(DecideNow(JobIn(JobState::kClaimed), seen)));
  seen.trouble = Reason::kUnschedulable;
  seen.message = "no room";
  seen.patient = true;
  Action action = DecideNow(JobIn(JobState::kClaimed), seen);
  ASSERT_TRUE(As<NoteWaiting>(action));
  EXPECT_EQ(As<NoteWaiting>(action)->message, "no room");
  seen.patient = false;
  action = DecideNow(JobIn(JobState::kClaimed), seen);
  ASSERT_TRUE(As<EndAttempt>(action));
  EXPECT_TRUE(As<EndAttempt>(action)->delete_pod);
}

TEST(Decide, AsksTheRuntimeBeforeItCallsAKnownPodLost) {
  EXPECT_TRUE(As<ConfirmLoss>(
      DecideNow(JobIn(JobState::kClaimed), Seen(PodSight::kAbsent), true)));
  EXPECT_TRUE(As<ConfirmLoss>(
      DecideNow(JobIn(JobState::kRunning), Seen(PodSight::kAbsent))));
}

TEST(Decide, MarksARowRunningOnce) {
  EXPECT_TRUE(As<MarkRunning>(
      DecideNow(JobIn(JobState::kClaimed), Seen(PodSight::kRunning))));
  EXPECT_TRUE(As<DoNothing>(
      DecideNow(JobIn(JobState::kRunning), Seen(PodSight::kRunning))));
}

TEST(Decide, WaitsForAPodThatIsPendingOrEnding) {
  EXPECT_TRUE(As<DoNothing>(
      DecideNow(JobIn(JobState::kClaimed), Seen(PodSight::kPending))));
  EXPECT_TRUE(As<DoNothing>(
      DecideNow(JobIn(JobState::kRunning), Seen(PodSight::kEnding))));
}

TEST(Decide, PublishesWhatIsStagedAlsoWhenTheJobWasTooShortToBeSeenRunning) {
  EXPECT_TRUE(As<BeginPublish>(DecideNow(JobIn(JobState::kClaimed), Staged())));
  EXPECT_TRUE(As<BeginPublish>(DecideNow(JobIn(JobState::kRunning), Staged())));
}

TEST(Decide, DoesNotBelieveSuccessWithoutAnOutcome) {
  auto action =
      DecideNow(JobIn(JobState::kRunning), Over(Reason::kRunnerCrashed));
  ASSERT_TRUE(As<EndAttempt>(action));
  EXPECT_EQ(As<EndAttempt>(action)->next.state, JobState::kScheduled);
}

TEST(Decide, FailsAtOnceWhenTheJobIsAtFault) {
  auto action =
      DecideNow(JobIn(JobState::kRunning), Over(Reason::kInputNotFound));
  ASSERT_TRUE(As<EndAttempt>(action));
  EXPECT_EQ(As<EndAttempt>(action)->next.state, JobState::kFailed);
}

TEST(Decide, CountsADisruptionApartFromFailures) {
  auto action = DecideNow(JobIn(JobState::kRunning), Over(Reason::kEvicted));
  ASSERT_TRUE(As<EndAttempt>(action));
  EXPECT_EQ(As<EndAttempt>(action)->next.state, JobState::kScheduled);
  EXPECT_EQ(As<EndAttempt>(action)->next.failures, 0);
  EXPECT_EQ(As<EndAttempt>(action)->next.disruptions, 1);
}

TEST(Decide, CancelsALiveRowAndItsPodWhateverThePodDoes) {
  for (PodSight sight : {PodSight::kAbsent, PodSight::kPending,
                         PodSight::kRunning, PodSight::kOver}) {
    jobs::Job job = JobIn(JobState::kRunning);
    job.cancel_wanted = true;
    auto action = DecideNow(job, Seen(sight));
    ASSERT_TRUE(As<EndAttempt>(action));
    EXPECT_EQ(As<EndAttempt>(action)->next.state, JobState::kCancelled);
    EXPECT_TRUE(As<EndAttempt>(action)->delete_pod);
  }
}

TEST(Decide, LetsACancelLoseToPublishing) {
  jobs::Job job = JobIn(JobState::kPublishing);
  job.cancel_wanted = true;
  job.publisher = "me";
  EXPECT_TRUE(As<Publish>(DecideNow(job, Staged())));
}

TEST(Decide, LeavesPublishingToItsPublisherForAMinute) {
  jobs::Job job = JobIn(JobState::kPublishing);
  job.publisher = "other";
  job.publish_sent_at = kNow - 59s;
  auto action = DecideNow(job, Staged());
  ASSERT_TRUE(As<Wait>(action));
  EXPECT_EQ(As<Wait>(action)->time, 1s);
  job.publish_sent_at = kNow - 60s;
  EXPECT_TRUE(As<Publish>(DecideNow(job, Staged())));
}

TEST(Decide, PublishesWithoutThePod) {
  jobs::Job job = JobIn(JobState::kPublishing);
  job.publisher = "me";
  EXPECT_TRUE(As<Publish>(DecideNow(job, Seen(PodSight::kAbsent))));
}

TEST(Decide, NeverAdoptsAForeignPod) {
  auto action = DecideNow(JobIn(JobState::kClaimed), Seen(PodSight::kForeign));
  ASSERT_TRUE(As<EndAttempt>(action));
  EXPECT_EQ(As<EndAttempt>(action)->reason, Reason::kInternal);
  EXPECT_FALSE(As<EndAttempt>(action)->delete_pod);
}

TEST(Decide, GivesUpAPodThatCannotStartAndDeletesIt) {
  PodObservation seen = Seen(PodSight::kPending);
  seen.trouble = Reason::kImagePullFailed;
  auto action = DecideNow(JobIn(JobState::kClaimed), seen);
  ASSERT_TRUE(As<EndAttempt>(action));
  EXPECT_EQ(As<EndAttempt>(action)->reason, Reason::kImagePullFailed);
  EXPECT_TRUE(As<EndAttempt>(action)->delete_pod);
}

}  // namespace
}  // namespace vexaa::controller

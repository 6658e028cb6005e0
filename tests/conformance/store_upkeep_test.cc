// What is kept in order beside the jobs: queues, left uploads, old rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/store_suite.h"

namespace vexaa::store {
namespace {

using jobs::AttemptId;
using jobs::JobId;
using jobs::JobState;
using jobs::Reason;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr seconds kQuarterHour(15 * 60);

TEST_P(JobStoreTest, FaultsOfTheInstallationInARowStopAQueue) {
  auto queue = [this] { return store().ReadQueues({"default"})->at(0); };
  EXPECT_FALSE(queue().trouble);
  for (int i = 1; i < kTroublesToStop; ++i)
    EXPECT_TRUE(
        store().NoteTrouble("default", Reason::kPodRejected, "no").ok());
  ASSERT_TRUE(queue().trouble);
  EXPECT_FALSE(queue().trouble->stopped);
  EXPECT_TRUE(
      store().NoteTrouble("default", Reason::kImagePullFailed, "what").ok());
  Queue stopped = queue();
  EXPECT_TRUE(stopped.trouble->stopped);
  EXPECT_EQ(stopped.trouble->failures, kTroublesToStop);
  EXPECT_EQ(stopped.trouble->reason, Reason::kImagePullFailed);
  EXPECT_EQ(stopped.trouble->message, "what");
  EXPECT_LE(stopped.trouble->last_at, stopped.as_of);
  EXPECT_LE(stopped.as_of - stopped.trouble->last_at, seconds(60));
  EXPECT_TRUE(store().ForgetTrouble("default").ok());
  EXPECT_TRUE(store().ForgetTrouble("default").ok());
  EXPECT_FALSE(queue().trouble);
}

TEST_P(JobStoreTest, UploadsOfADeadRunnerMayBeAbortedAtOnce) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  AttemptEnd end = EndWith(JobState::kScheduled, Reason::kRunnerCrashed);
  end.next.run_at = Row(attempt.job).as_of + seconds(30);
  end.next.failures = 1;
  end.exit_code = 139;
  end.open_upload_ids = {"upload-9"};
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  EXPECT_THAT(*store().ProtectedUploads(attempt.job), IsEmpty());
  auto due = store().DueStaleUploads(10);
  ASSERT_TRUE(due.ok()) << due.status();
  ASSERT_EQ(due->size(), 1u);
  EXPECT_EQ(due->at(0).uri, "s3://audio/a.mp3");
  EXPECT_EQ(due->at(0).upload_id, "upload-9");
  EXPECT_TRUE(store().ForgetStaleUpload(due->at(0).id).ok());
  EXPECT_THAT(*store().DueStaleUploads(10), IsEmpty());
  EXPECT_EQ(bench_->Attempt(attempt).exit_code, 139);
  EXPECT_EQ(bench_->Attempt(attempt).reason, "RunnerCrashed");
}

TEST_P(JobStoreTest, AnUploadThatWasPublishingIsProtectedForAQuarterHour) {
  AttemptId attempt = Publishing();
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kStorageUnavailable);
  end.open_upload_ids = {"upload-1"};
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  EXPECT_THAT(*store().DueStaleUploads(10), IsEmpty());
  EXPECT_THAT(*store().ProtectedUploads(attempt.job), ElementsAre("upload-1"));
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), IsEmpty());
  EXPECT_OK_AND(store().FinishSweep(attempt.job), false);
  bench_->PassTime(kQuarterHour + seconds(1));
  EXPECT_EQ(store().DueStaleUploads(10)->size(), 1u);
  EXPECT_THAT(*store().ProtectedUploads(attempt.job), IsEmpty());
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), ElementsAre(attempt.job));
  EXPECT_OK_AND(store().FinishSweep(attempt.job), true);
}

TEST_P(JobStoreTest, WhatALateRunnerLeftIsAbortedAfterAQuarterHour) {
  AttemptId attempt = Publishing();
  std::vector<std::string> ids = {"upload-late"};
  EXPECT_TRUE(store().NoteLeftUploads(attempt, ids).ok());
  EXPECT_THAT(*store().ProtectedUploads(attempt.job), IsEmpty());  // it is live
  EXPECT_TRUE(Succeed(attempt));
  EXPECT_TRUE(store().NoteLeftUploads(attempt, {"upload-1"}).ok());  // its own
  EXPECT_TRUE(store().NoteLeftUploads(attempt, {"", "upload-x"}).ok());
  EXPECT_THAT(*store().ProtectedUploads(attempt.job), IsEmpty());
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(store().NoteLeftUploads(attempt, ids).ok());
  EXPECT_THAT(*store().ProtectedUploads(attempt.job),
              ElementsAre("upload-late"));
  EXPECT_THAT(*store().DueStaleUploads(10), IsEmpty());
  bench_->PassTime(kQuarterHour + seconds(1));
  auto due = *store().DueStaleUploads(10);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].uri, "s3://audio/a.mp3");
  EXPECT_EQ(due[0].upload_id, "upload-late");
}

TEST_P(JobStoreTest, WhatARunnerOfAnOlderAttemptLeftIsAborted) {
  AttemptId first = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(first, "s3://audio/a.mp3"));
  EXPECT_OK_AND(
      store().EndAttempt(first, EndWith(JobState::kQueued, Reason::kPodLost)),
      true);
  AttemptId second = ClaimOne();
  EXPECT_EQ(second.attempt, 2);
  EXPECT_TRUE(FixPlan(second, "s3://audio/a.mp3"));
  EXPECT_TRUE(store().NoteLeftUploads(second, {"upload-2"}).ok());
  EXPECT_TRUE(store().NoteLeftUploads(first, {"upload-1"}).ok());
  EXPECT_TRUE(store().NoteLeftUploads({JobId(999'999), 1}, {"x"}).ok());
  EXPECT_THAT(*store().ProtectedUploads(first.job), ElementsAre("upload-1"));
}

TEST_P(JobStoreTest, ADrainTakesWhatWasThereAndThenPauses) {
  JobId first = bench_->Submit({});
  JobId later = bench_->Submit({.run_in = seconds(600)});
  bench_->SetQueueState("default", QueueState::kDraining);
  EXPECT_FALSE(store().ReadQueues({"default"})->at(0).drain_to);
  EXPECT_TRUE(store().AdvanceDrains({"default"}).ok());
  JobId latecomer = bench_->Submit({.priority = 9});
  EXPECT_TRUE(store().AdvanceDrains({"default"}).ok());
  Queue queue = store().ReadQueues({"default"})->at(0);
  EXPECT_EQ(queue.state, QueueState::kDraining);
  EXPECT_EQ(queue.drain_to, later);
  auto claimed =
      store().Claim({"default", 10, "me", NextNonce(), queue.drain_to});
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  ASSERT_EQ(claimed->size(), 1u);
  EXPECT_EQ(claimed->at(0).id, first);
  bench_->WantCancel(later);
  EXPECT_OK_AND(store().CancelWaiting(10), 1);
  EXPECT_TRUE(store().AdvanceDrains({"default"}).ok());
  EXPECT_EQ(store().ReadQueues({"default"})->at(0).state,
            QueueState::kDraining);
  EXPECT_OK_AND(
      store().EndAttempt(claimed->at(0).attempt_id(),
                         EndWith(JobState::kFailed, Reason::kInputNotFound)),
      true);
  EXPECT_TRUE(store().AdvanceDrains({"night"}).ok());
  EXPECT_TRUE(store().AdvanceDrains({"default"}).ok());
  EXPECT_EQ(store().ReadQueues({"default"})->at(0).state, QueueState::kPaused);
  EXPECT_EQ(Row(latecomer).state, JobState::kQueued);
  bench_->SetQueueState("default", QueueState::kActive);
  EXPECT_EQ(ClaimOne().job, latecomer);
}

TEST_P(JobStoreTest, AJobInAQueueThatNobodyMadeEnds) {
  JobId lost = bench_->Submit({.queue = "no-such"});
  JobId later = bench_->Submit({.queue = "no-such", .run_in = seconds(3600)});
  JobId fine = bench_->Submit({});
  EXPECT_OK_AND(store().FailUnknownQueues(10), 0);
  bench_->PassTime(seconds(301));
  EXPECT_OK_AND(store().FailUnknownQueues(1), 1);
  EXPECT_OK_AND(store().FailUnknownQueues(10), 1);
  for (JobId id : {lost, later}) {
    EXPECT_EQ(Row(id).state, JobState::kFailed);
    EXPECT_EQ(Row(id).reason, Reason::kInvalidJob);
    EXPECT_THAT(Row(id).message, HasSubstr("no queue no-such"));
  }
  EXPECT_EQ(Row(fine).state, JobState::kQueued);
}

TEST_P(JobStoreTest, AJobThatWasTriedGivesItsOutputsBackWhenItsQueueGoes) {
  AttemptId tried = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(tried, "s3://audio/a.mp3"));
  AttemptEnd end = EndWith(JobState::kScheduled, Reason::kPodLost);
  end.next.run_at = Row(tried.job).as_of + seconds(3600);
  EXPECT_OK_AND(store().EndAttempt(tried, end), true);
  AttemptId swept = SubmitAndClaim();
  end = EndWith(JobState::kFailed, Reason::kPodLost);
  end.sweep = true;
  EXPECT_OK_AND(store().EndAttempt(swept, end), true);
  bench_->RemoveQueue("default");
  bench_->PassTime(seconds(301));
  EXPECT_OK_AND(store().FailUnknownQueues(10), 1);
  EXPECT_EQ(Row(tried.job).state, JobState::kFailed);
  // Whoever serves any queue sweeps them, and then others may write there.
  EXPECT_THAT(*store().DueSweeps({"night"}, 10),
              UnorderedElementsAre(tried.job, swept.job));
  EXPECT_OK_AND(store().FinishSweep(tried.job), true);
  bench_->AddQueue("default", 0);
  EXPECT_TRUE(FixPlan(SubmitAndClaim(), "s3://audio/a.mp3"));
}

TEST_P(JobStoreTest, PurgesFinishedRowsByAgeAndState) {
  AttemptId failed = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(failed, "s3://audio/a.mp3"));
  EXPECT_OK_AND(store().EndAttempt(
                    failed, EndWith(JobState::kFailed, Reason::kCorruptInput)),
                true);
  EXPECT_TRUE(store().SaveProgress(failed, {50, 40, 61.25, 1000}).ok());
  AttemptId unswept = SubmitAndClaim();
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kPodLost);
  end.sweep = true;
  EXPECT_OK_AND(store().EndAttempt(unswept, end), true);
  JobId queued = bench_->Submit({});
  EXPECT_OK_AND(store().PurgeFinished(JobState::kFailed, seconds(100), 10), 0);
  bench_->PassTime(seconds(101));
  EXPECT_OK_AND(store().PurgeFinished(JobState::kSucceeded, seconds(100), 10),
                0);
  EXPECT_OK_AND(store().PurgeFinished(JobState::kFailed, seconds(100), 10), 1);
  EXPECT_EQ(store().Read(failed.job).status().code(), base::Code::kNotFound);
  EXPECT_THAT(*store().ReadOutputs(failed.job), IsEmpty());
  EXPECT_EQ(bench_->Attempt(failed).pod_name, "");
  EXPECT_EQ(Row(queued).state, JobState::kQueued);
  EXPECT_OK_AND(store().FinishSweep(unswept.job), true);
  EXPECT_OK_AND(store().PurgeFinished(JobState::kFailed, seconds(100), 10), 1);
  EXPECT_FALSE(store().PurgeFinished(JobState::kQueued, seconds(0), 10).ok());
}

TEST_P(JobStoreTest, PurgesNoMoreThanAsked) {
  for (int i = 0; i < 3; ++i)
    EXPECT_OK_AND(
        store().EndAttempt(SubmitAndClaim(),
                           EndWith(JobState::kFailed, Reason::kCorruptInput)),
        true);
  bench_->PassTime(seconds(10));
  EXPECT_OK_AND(store().PurgeFinished(JobState::kFailed, seconds(1), 2), 2);
  EXPECT_OK_AND(store().PurgeFinished(JobState::kFailed, seconds(1), 2), 1);
}

TEST_P(JobStoreTest, AFinishedJobKeepsNoSecret) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_NE(Row(attempt.job).claim_nonce, "");
  EXPECT_OK_AND(store().EndAttempt(
                    attempt, EndWith(JobState::kFailed, Reason::kCorruptInput)),
                true);
  EXPECT_EQ(Row(attempt.job).claim_nonce, "");
}

TEST_P(JobStoreTest, ASweepThatFailsStandsBehindTheOthers) {
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kPodLost);
  end.sweep = true;
  AttemptId first = SubmitAndClaim();
  EXPECT_OK_AND(store().EndAttempt(first, end), true);
  AttemptId second = SubmitAndClaim();
  EXPECT_OK_AND(store().EndAttempt(second, end), true);
  EXPECT_THAT(*store().DueSweeps({"default"}, 1), ElementsAre(first.job));
  EXPECT_TRUE(store().DelaySweep(first.job).ok());
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), ElementsAre(second.job));
  bench_->PassTime(seconds(30));
  EXPECT_THAT(*store().DueSweeps({"default"}, 10),
              ElementsAre(second.job, first.job));
  EXPECT_TRUE(store().DelaySweep(first.job).ok());  // now for its age, 30 s
  bench_->PassTime(seconds(20));
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), ElementsAre(second.job));
}

TEST_P(JobStoreTest, AnAbortThatFailsStandsBehindTheOthers) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kCorruptInput);
  end.open_upload_ids = {"upload-1"};
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  auto due = *store().DueStaleUploads(10);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_TRUE(store().DelayStaleUpload(due[0].id).ok());
  EXPECT_TRUE(store().DueStaleUploads(10)->empty());
  bench_->PassTime(seconds(6));
  EXPECT_EQ(store().DueStaleUploads(10)->size(), 1u);
}

}  // namespace
}  // namespace vexaa::store

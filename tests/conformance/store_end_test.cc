// How jobs end or wait: publishing, cancelling, retries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/store_suite.h"

namespace vexaa::store {
namespace {

using jobs::AttemptId;
using jobs::Job;
using jobs::JobId;
using jobs::JobState;
using jobs::Reason;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_P(JobStoreTest, PublishesWhatWasStaged) {
  AttemptId attempt = Publishing();
  Job job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kPublishing);
  EXPECT_EQ(job.publisher, "controller-a");
  EXPECT_TRUE(job.publish_sent_at);
  auto outputs = store().ReadOutputs(attempt.job);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  const JobOutput& staged = outputs->at(0);
  EXPECT_EQ(staged.upload_id, "upload-1");
  EXPECT_EQ(staged.part_count, 3);
  EXPECT_EQ(staged.bytes, 4'300'000'000u);
  EXPECT_EQ(staged.parts_digest, std::string(64, 'd'));
  EXPECT_FALSE(staged.published);
  EXPECT_TRUE(Succeed(attempt));
  job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.message, "published");
  EXPECT_TRUE(store().ReadOutputs(attempt.job)->at(0).published);
  AttemptFacts facts = bench_->Attempt(attempt);
  EXPECT_TRUE(facts.finished);
  EXPECT_EQ(facts.reason, "Succeeded");
  EXPECT_EQ(facts.exit_code, 0);
  EXPECT_TRUE(FixPlan(SubmitAndClaim(), "s3://audio/a.mp3"));
}

TEST_P(JobStoreTest, StagesWhatTheOutputRowsThenSay) {
  jobs::JobPlan plan = PlanTo("s3://audio/a.mp3");
  plan.outputs.push_back({1, jobs::OutputKind::kMetadata, "s3://audio/a.json",
                          jobs::Profile{.name = "metadata"}});
  plan.outputs.push_back({2, jobs::OutputKind::kAudio, "s3://audio/b.mp3",
                          *jobs::FindBuiltInProfile("mp3-320k")});
  AttemptId first = SubmitAndClaim();
  AttemptId second = SubmitAndClaim();
  jobs::RunOutcome outcome = Staged(first);
  outcome.outputs.push_back({1, "upload-2", 1, 20, std::string(64, 'f')});
  EXPECT_OK_AND(store().FixPlan(first, plan), true);
  EXPECT_OK_AND(store().BeginPublish(first, "a", outcome), true);
  EXPECT_EQ(*store().ReadOutputs(first.job), StagedOutputs(plan, outcome));
  EXPECT_EQ(StagedOutputs(plan, outcome).size(), 2u);
  for (jobs::OutputPlan& output : plan.outputs) output.uri += ".2";
  outcome.outputs.clear();  // all kept from before
  EXPECT_OK_AND(store().FixPlan(second, plan), true);
  EXPECT_OK_AND(store().BeginPublish(second, "a", outcome), true);
  EXPECT_EQ(*store().ReadOutputs(second.job), StagedOutputs(plan, outcome));
  EXPECT_EQ(StagedOutputs(plan, outcome).size(), 3u);
}

TEST_P(JobStoreTest, WritesTogetherThatJobsSucceeded) {
  AttemptId done = Publishing("s3://audio/done.mp3");
  EXPECT_TRUE(Succeed(done));
  AttemptId plain = Publishing("s3://audio/plain.mp3");
  AttemptId swept = Publishing("s3://audio/swept.mp3");
  AttemptId other = Publishing("s3://audio/other.mp3");
  AttemptId stale{other.job, other.attempt + 1};
  AttemptId claimed = SubmitAndClaim();
  auto moved = store().MarkSucceeded(
      {{swept, true}, {stale}, {done}, {claimed}, {plain}});
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_THAT(*moved, UnorderedElementsAre(swept, plain));
  for (const AttemptId& attempt : {swept, plain}) {
    EXPECT_EQ(Row(attempt.job).state, JobState::kSucceeded);
    EXPECT_TRUE(store().ReadOutputs(attempt.job)->at(0).published);
    EXPECT_EQ(bench_->Attempt(attempt).reason, "Succeeded");
  }
  EXPECT_EQ(Row(other.job).state, JobState::kPublishing);
  EXPECT_FALSE(store().ReadOutputs(other.job)->at(0).published);
  EXPECT_EQ(Row(claimed.job).state, JobState::kClaimed);
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), ElementsAre(swept.job));
  // Its output stays locked until then.
  EXPECT_FALSE(
      store().FixPlan(SubmitAndClaim(), PlanTo("s3://audio/swept.mp3")).ok());
  EXPECT_TRUE(FixPlan(SubmitAndClaim(), "s3://audio/plain.mp3"));
}

TEST_P(JobStoreTest, WritesOfAsManySuccessesAsItTakes) {
  std::vector<Success> all;
  for (size_t i = 0; i < kMaxSuccesses; ++i)
    all.push_back({Publishing("s3://audio/" + std::to_string(i) + ".mp3")});
  EXPECT_EQ(store().MarkSucceeded(all)->size(), kMaxSuccesses);
  EXPECT_TRUE(store().MarkSucceeded(all)->empty());
  EXPECT_TRUE(store().MarkSucceeded({})->empty());
  all.push_back({});
  EXPECT_EQ(store().MarkSucceeded(all).status().code(),
            base::Code::kInvalidArgument);
}

TEST_P(JobStoreTest, ReadsAJobTogetherWithItsOutputs) {
  AttemptId attempt = Publishing();
  auto read = store().ReadWithOutputs(attempt.job);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->job.state, JobState::kPublishing);
  EXPECT_EQ(read->job.profile, Row(attempt.job).profile);
  EXPECT_EQ(read->job.publisher, "controller-a");
  auto alone = store().ReadOutputs(attempt.job);
  ASSERT_EQ(read->outputs.size(), 1u);
  EXPECT_EQ(read->outputs[0].uri, alone->at(0).uri);
  EXPECT_EQ(read->outputs[0].profile, alone->at(0).profile);
  EXPECT_EQ(read->outputs[0].upload_id, "upload-1");
  EXPECT_EQ(read->outputs[0].bytes, 4'300'000'000);
  EXPECT_FALSE(read->outputs[0].published);
  JobId bare = bench_->Submit({});
  EXPECT_TRUE(store().ReadWithOutputs(bare)->outputs.empty());
  EXPECT_EQ(store().ReadWithOutputs(JobId(999'999)).status().code(),
            base::Code::kNotFound);
}

TEST_P(JobStoreTest, ACancelBeforePublishingWins) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  bench_->WantCancel(attempt.job);
  EXPECT_OK_AND(store().BeginPublish(attempt, "a", Staged(attempt)), false);
  EXPECT_THAT(*store().ReadCancelWanted({"default"}), ElementsAre(attempt.job));
  EXPECT_OK_AND(store().EndAttempt(
                    attempt, EndWith(JobState::kCancelled, Reason::kCancelled)),
                true);
  EXPECT_THAT(*store().ReadCancelWanted({"default"}), IsEmpty());
}

TEST_P(JobStoreTest, ACancelDuringPublishingLoses) {
  AttemptId attempt = Publishing();
  bench_->WantCancel(attempt.job);
  EXPECT_THAT(*store().ReadCancelWanted({"default"}), IsEmpty());
  EXPECT_OK_AND(store().HoldPublish(attempt, "controller-a"), true);
  EXPECT_TRUE(Succeed(attempt));
}

TEST_P(JobStoreTest, APublishIsTakenOverAfterAMinuteOfSilence) {
  AttemptId attempt = Publishing();
  EXPECT_OK_AND(store().HoldPublish(attempt, "controller-b"), false);
  EXPECT_OK_AND(store().HoldPublish(attempt, "controller-a"), true);
  bench_->PassTime(seconds(61));
  EXPECT_OK_AND(store().HoldPublish(attempt, "controller-b"), true);
  EXPECT_OK_AND(store().HoldPublish(attempt, "controller-a"), false);
  EXPECT_EQ(Row(attempt.job).publisher, "controller-b");
}

TEST_P(JobStoreTest, ARetryWaitsForItsTimeAndKeepsItsLock) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  AttemptEnd end = EndWith(JobState::kScheduled, Reason::kStorageUnavailable);
  end.next.run_at = Row(attempt.job).as_of + seconds(30);
  end.next.failures = 1;
  end.next.disruptions = 2;
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  Job job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kScheduled);
  EXPECT_EQ(job.failures, 1);
  EXPECT_EQ(job.disruptions, 2);
  EXPECT_EQ(job.run_at, end.next.run_at);
  EXPECT_FALSE(
      store().FixPlan(SubmitAndClaim(), PlanTo("s3://audio/a.mp3")).ok());
  EXPECT_OK_AND(store().PromoteDue(10), 0);
  EXPECT_THAT(Claim(1), IsEmpty());
  bench_->PassTime(seconds(31));
  EXPECT_OK_AND(store().PromoteDue(10), 1);
  AttemptId second = ClaimOne();
  EXPECT_EQ(second, (AttemptId{attempt.job, 2}));
  EXPECT_EQ(Row(attempt.job).first_claimed_at, job.first_claimed_at);
  EXPECT_TRUE(FixPlan(second, "s3://audio/a.mp3"));
}

TEST_P(JobStoreTest, ASubmittedTimeIsWaitedFor) {
  JobId id = bench_->Submit({.run_in = seconds(3600)});
  EXPECT_EQ(Row(id).state, JobState::kScheduled);
  bench_->Submit({.run_in = seconds(-3600)});
  EXPECT_EQ(Claim(5).size(), 1u);
  bench_->PassTime(seconds(3601));
  EXPECT_OK_AND(store().PromoteDue(10), 1);
  EXPECT_EQ(ClaimOne().job, id);
}

TEST_P(JobStoreTest, CancelsWhatOnlyWaits) {
  JobId queued = bench_->Submit({});
  JobId scheduled = bench_->Submit({.run_in = seconds(3600)});
  JobId kept = bench_->Submit({});
  bench_->WantCancel(queued);
  bench_->WantCancel(scheduled);
  EXPECT_EQ(ClaimOne().job, kept);
  EXPECT_OK_AND(store().CancelWaiting(1), 1);
  EXPECT_OK_AND(store().CancelWaiting(10), 1);
  EXPECT_OK_AND(store().CancelWaiting(10), 0);
  for (JobId id : {queued, scheduled}) {
    EXPECT_EQ(Row(id).state, JobState::kCancelled);
    EXPECT_EQ(Row(id).reason, Reason::kCancelled);
  }
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), IsEmpty());
}

TEST_P(JobStoreTest, AJobCancelledBetweenAttemptsIsSwept) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  AttemptEnd end = EndWith(JobState::kScheduled, Reason::kPodLost);
  end.next.run_at = Row(attempt.job).as_of + seconds(30);
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  bench_->WantCancel(attempt.job);
  EXPECT_OK_AND(store().CancelWaiting(10), 1);
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), ElementsAre(attempt.job));
}

}  // namespace
}  // namespace vexaa::store

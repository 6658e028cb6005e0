// Claims, plans and running jobs, and who works on all stores.
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
using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(JobStoreTest, KnowsItsInstallation) {
  auto id = store().InstallationId();
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->size(), 36u);
  EXPECT_EQ(*id, *store().InstallationId());
}

TEST_P(JobStoreTest, OffersTheBuiltInProfiles) {
  auto profiles = store().ReadProfiles();
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  for (const jobs::Profile& profile : jobs::BuiltInProfiles())
    EXPECT_TRUE(profiles->at(profile.name) == profile) << profile.name;
}

TEST_P(JobStoreTest, ClaimsByPriorityThenById) {
  JobId a = bench_->Submit({});
  JobId b = bench_->Submit({.priority = 5});
  JobId c = bench_->Submit({.priority = -1});
  JobId d = bench_->Submit({.priority = 5});
  std::vector<JobId> order;
  for (const Job& job : Claim(10)) order.push_back(job.id);
  EXPECT_THAT(order, ElementsAre(b, d, a, c));
}

TEST_P(JobStoreTest, ClaimWritesOwnerNonceAndAttempt) {
  JobId id = bench_->Submit({});
  std::string nonce(32, 'f');
  auto claimed = store().Claim({"default", 1, "controller-a", nonce});
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  ASSERT_EQ(claimed->size(), 1u);
  Job job = claimed->front();
  EXPECT_EQ(job.state, JobState::kClaimed);
  EXPECT_EQ(job.reason, Reason::kStarted);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_EQ(job.owner, "controller-a");
  EXPECT_EQ(job.claim_nonce, nonce);
  EXPECT_EQ(job.pod_name, jobs::PodNameFor({id, 1}));
  EXPECT_TRUE(job.claimed_at && job.first_claimed_at);
  EXPECT_EQ(bench_->Attempt({id, 1}).pod_name, job.pod_name);
  EXPECT_EQ(Row(id).claim_nonce, nonce);
}

TEST_P(JobStoreTest, ClaimTakesNoMoreThanItsLimitAndOnlyItsQueue) {
  bench_->AddQueue("night", 4);
  for (int i = 0; i < 3; ++i) bench_->Submit({});
  bench_->Submit({.queue = "night"});
  EXPECT_EQ(Claim(2).size(), 2u);
  EXPECT_EQ(Claim(0).size(), 0u);
  EXPECT_EQ(Claim(5, "night").size(), 1u);
  EXPECT_EQ(Claim(5).size(), 1u);
  EXPECT_THAT(Claim(5), IsEmpty());
}

TEST_P(JobStoreTest, CountsWhatIsLiveInEachQueue) {
  bench_->AddQueue("night", 4);
  for (int i = 0; i < 3; ++i) bench_->Submit({});
  bench_->Submit({.run_in = seconds(60)});
  Claim(2);
  auto queues = store().ReadQueues({"default", "night", "nowhere"});
  ASSERT_TRUE(queues.ok()) << queues.status();
  ASSERT_EQ(queues->size(), 2u);
  EXPECT_EQ(queues->at(0).name, "default");
  EXPECT_EQ(queues->at(0).live, 2);
  EXPECT_EQ(queues->at(0).publishing, 0);
  EXPECT_EQ(queues->at(1).max_running, 4);
  EXPECT_EQ(queues->at(1).live, 0);
  auto counts = store().CountJobs({"default"});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->at(JobState::kQueued), 1);
  EXPECT_EQ(counts->at(JobState::kScheduled), 1);
  EXPECT_EQ(counts->at(JobState::kClaimed), 2);
  EXPECT_EQ(counts->at(JobState::kRunning), 0);
  EXPECT_EQ(store().ReadLive({"default"})->size(), 2u);
  EXPECT_EQ(store().ReadLive({})->size(), 2u);
  EXPECT_EQ(store().ReadLive({"night"})->size(), 0u);
}

TEST_P(JobStoreTest, SaysThatThereIsNoSuchJob) {
  EXPECT_EQ(store().Read(JobId(999'999)).status().code(),
            base::Code::kNotFound);
}

TEST_P(JobStoreTest, APlanIsFixedOnceAndMayBeRepeated) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  Job job = Row(attempt.job);
  EXPECT_EQ(job.output_uri, "s3://audio/a.mp3");
  auto plan = jobs::ParsePlan(job.plan);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(*plan == PlanTo("s3://audio/a.mp3"));
  auto outputs = store().ReadOutputs(attempt.job);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  ASSERT_EQ(outputs->size(), 1u);
  EXPECT_EQ(outputs->front().uri, "s3://audio/a.mp3");
  EXPECT_EQ(outputs->front().profile, "mp3-128k");
}

TEST_P(JobStoreTest, FirstPlansAreFixedTogether) {
  std::vector<FirstPlan> plans;
  for (int i = 0; i < 64 + 16 + 4 + 2; ++i) {
    AttemptId attempt = SubmitAndClaim();
    plans.push_back(
        {attempt.job, PlanTo("s3://audio/" + std::to_string(i) + ".mp3")});
  }
  plans[3].plan.outputs.push_back(plans[3].plan.outputs[0]);
  plans[3].plan.outputs[1].index = 1;
  plans[3].plan.outputs[1].uri = "s3://audio/second.mp3";
  EXPECT_OK_AND(store().FixFirstPlans(plans), true);
  for (const FirstPlan& each : plans) {
    Job row = Row(each.job);
    auto plan = jobs::ParsePlan(row.plan);
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_TRUE(*plan == each.plan);
    EXPECT_EQ(row.output_uri, each.plan.outputs[0].uri);
    auto outputs = *store().ReadOutputs(each.job);
    ASSERT_EQ(outputs.size(), each.plan.outputs.size());
    EXPECT_EQ(outputs.back().uri, each.plan.outputs.back().uri);
  }
  AttemptId late = SubmitAndClaim();
  EXPECT_EQ(store().FixPlan(late, PlanTo("s3://audio/7.mp3")).status().code(),
            base::Code::kAborted);
}

TEST_P(JobStoreTest, OneThatHasItsPlanOrLacksItsOutputLeavesAllWithout) {
  AttemptId planned = SubmitAndClaim(), other = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(planned, "s3://audio/a.mp3"));
  EXPECT_OK_AND(
      store().FixFirstPlans({{other.job, PlanTo("s3://audio/b.mp3")},
                             {planned.job, PlanTo("s3://audio/c.mp3")}}),
      false);
  EXPECT_TRUE(Row(other.job).plan.empty());
  auto taken = store().FixFirstPlans({{other.job, PlanTo("s3://audio/a.mp3")}});
  EXPECT_FALSE(taken.ok() && *taken);
  EXPECT_TRUE(Row(other.job).plan.empty());
  EXPECT_TRUE(store().ReadOutputs(other.job)->empty());
}

TEST_P(JobStoreTest, ASecondJobForTheSameOutputWaits) {
  AttemptId first = SubmitAndClaim();
  AttemptId second = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(first, "s3://audio/a.mp3"));
  auto busy = store().FixPlan(second, PlanTo("s3://audio/a.mp3"));
  ASSERT_FALSE(busy.ok());
  EXPECT_EQ(busy.status().code(), base::Code::kAborted);
  EXPECT_EQ(busy.status().detail(), "OutputBusy");
  EXPECT_THAT(busy.status().message(),
              HasSubstr("job " + std::to_string(first.job.value())));
  EXPECT_TRUE(FixPlan(second, "s3://audio/b.mp3"));
}

TEST_P(JobStoreTest, AnOutputIsFreeOnceItsJobHasEnded) {
  AttemptId first = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(first, "s3://audio/a.mp3"));
  EXPECT_OK_AND(store().EndAttempt(
                    first, EndWith(JobState::kFailed, Reason::kInputNotFound)),
                true);
  EXPECT_TRUE(FixPlan(SubmitAndClaim(), "s3://audio/a.mp3"));
}

TEST_P(JobStoreTest, AnOutputStaysLockedUntilTheSweepIsDone) {
  AttemptId first = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(first, "s3://audio/a.mp3"));
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kPodLost);
  end.sweep = true;
  EXPECT_OK_AND(store().EndAttempt(first, end), true);
  AttemptId second = SubmitAndClaim();
  EXPECT_FALSE(store().FixPlan(second, PlanTo("s3://audio/a.mp3")).ok());
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), ElementsAre(first.job));
  EXPECT_THAT(*store().DueSweeps({"night"}, 10), IsEmpty());
  EXPECT_OK_AND(store().FinishSweep(first.job), true);
  EXPECT_OK_AND(store().FinishSweep(first.job), false);
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), IsEmpty());
  EXPECT_TRUE(FixPlan(second, "s3://audio/a.mp3"));
}

TEST_P(JobStoreTest, ARetriedJobIsNotClaimedBeforeItsSweep) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kPodLost);
  end.sweep = true;
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  EXPECT_TRUE(bench_->Retry(attempt.job));
  EXPECT_FALSE(bench_->Retry(attempt.job));
  EXPECT_THAT(Claim(1), IsEmpty());
  EXPECT_THAT(*store().DueSweeps({"default"}, 10), ElementsAre(attempt.job));
  EXPECT_OK_AND(store().FinishSweep(attempt.job), true);
  auto again = Claim(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].attempt, 2);
  EXPECT_EQ(again[0].failures, 0);
}

TEST_P(JobStoreTest, MarksRunningOnceAndAgain) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_OK_AND(store().MarkRunning(attempt, {"pod-x", "node-1"}), true);
  Job job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kRunning);
  EXPECT_EQ(job.reason, Reason::kRunning);
  EXPECT_EQ(job.pod_name, "pod-x");
  EXPECT_EQ(job.node_name, "node-1");
  ASSERT_TRUE(job.started_at);
  EXPECT_OK_AND(store().MarkRunning(attempt, {"pod-x", ""}), true);
  EXPECT_EQ(Row(attempt.job).started_at, job.started_at);
  EXPECT_EQ(Row(attempt.job).node_name, "node-1");
}

TEST_P(JobStoreTest, AnotherAttemptMovesNothing) {
  AttemptId attempt = SubmitAndClaim();
  AttemptId zombie{attempt.job, attempt.attempt - 1};
  AttemptId future{attempt.job, attempt.attempt + 1};
  for (const AttemptId& wrong : {zombie, future, AttemptId{JobId(9), 1}}) {
    EXPECT_OK_AND(store().MarkRunning(wrong, {}), false);
    EXPECT_OK_AND(store().FixPlan(wrong, PlanTo("s3://audio/a.mp3")), false);
    EXPECT_OK_AND(store().BeginPublish(wrong, "a", Staged(wrong)), false);
    EXPECT_OK_AND(store().EndAttempt(
                      wrong, EndWith(JobState::kFailed, Reason::kInternal)),
                  false);
  }
  EXPECT_EQ(Row(attempt.job).state, JobState::kClaimed);
}

TEST_P(JobStoreTest, OnlyTheLiveStatesMove) {
  AttemptId attempt = Publishing();
  EXPECT_OK_AND(store().MarkRunning(attempt, {}), false);
  EXPECT_OK_AND(store().FixPlan(attempt, PlanTo("s3://audio/b.mp3")), false);
  EXPECT_OK_AND(store().BeginPublish(attempt, "a", Staged(attempt)), false);
  EXPECT_OK_AND(store().EndAttempt(
                    attempt, EndWith(JobState::kCancelled, Reason::kCancelled)),
                false);
  EXPECT_OK_AND(
      store().EndAttempt(attempt, EndWith(JobState::kQueued, Reason::kQueued)),
      false);
  EXPECT_TRUE(Succeed(attempt));
  EXPECT_FALSE(Succeed(attempt));
  EXPECT_OK_AND(store().HoldPublish(attempt, "controller-a"), false);
  EXPECT_OK_AND(store().EndAttempt(
                    attempt, EndWith(JobState::kFailed, Reason::kInternal)),
                false);
  EXPECT_EQ(Row(attempt.job).state, JobState::kSucceeded);
}

TEST_P(JobStoreTest, ARunningJobDoesNotGoStraightBackToTheQueue) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_OK_AND(store().MarkRunning(attempt, {}), true);
  EXPECT_OK_AND(
      store().EndAttempt(attempt, EndWith(JobState::kQueued, Reason::kQueued)),
      false);
}

TEST_P(JobStoreTest, AClaimedJobMayBeHandedBack) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_OK_AND(store().EndAttempt(attempt, EndWith(JobState::kQueued,
                                                    Reason::kQuotaExceeded)),
                true);
  Job job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kQueued);
  EXPECT_EQ(job.reason, Reason::kQuotaExceeded);
  EXPECT_EQ(job.message, "because of the test");
  EXPECT_EQ(ClaimOne().attempt, 2);
}

TEST_P(JobStoreTest, AClaimedRowSaysWhyItWaitsAndNothingElseOfItMoves) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_OK_AND(
      store().NoteWaiting(attempt, Reason::kQuotaExceeded, "exceeded quota"),
      true);
  Job job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kClaimed);
  EXPECT_EQ(job.reason, Reason::kQuotaExceeded);
  EXPECT_EQ(job.message, "exceeded quota");
  EXPECT_OK_AND(store().MarkRunning(attempt, {"pod", "node"}), true);
  EXPECT_OK_AND(
      store().NoteWaiting(attempt, Reason::kQuotaExceeded, "exceeded quota"),
      false);
  EXPECT_EQ(Row(attempt.job).reason, Reason::kRunning);
}

TEST_P(JobStoreTest, ARowInPublishingSaysWhyItWaitsAndNothingElseOfItMoves) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_OK_AND(store().BeginPublish(attempt, "me", jobs::RunOutcome{}), true);
  EXPECT_OK_AND(store().NoteWaiting(attempt, Reason::kPublishing, "503"), true);
  Job job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kPublishing);
  EXPECT_EQ(job.reason, Reason::kPublishing);
  EXPECT_EQ(job.message, "503");
  EXPECT_EQ(job.publisher, "me");
}

TEST_P(JobStoreTest, TellsWhenAJobLastDidMoreThanWait) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_OK_AND(store().LastWorked(attempt.job), std::nullopt);
  auto end = [&](Reason reason) {
    AttemptEnd how = EndWith(JobState::kScheduled, reason);
    how.next.run_at = Row(attempt.job).as_of - seconds(1);
    EXPECT_OK_AND(store().EndAttempt(attempt, how), true);
    EXPECT_OK_AND(store().PromoteDue(10), 1);
    attempt = ClaimOne();
  };
  end(Reason::kQuotaExceeded);
  end(Reason::kInvalidConfig);
  EXPECT_OK_AND(store().LastWorked(attempt.job), std::nullopt);
  const base::Time before = Row(attempt.job).as_of;
  end(Reason::kEvicted);
  auto worked = store().LastWorked(attempt.job);
  ASSERT_TRUE(worked.ok() && *worked) << worked.status();
  EXPECT_GE(**worked, before);
  EXPECT_LE(**worked, Row(attempt.job).as_of);
  end(Reason::kUnschedulable);
  EXPECT_OK_AND(store().LastWorked(attempt.job), *worked);
}

TEST_P(JobStoreTest, AttemptsAreCountedByTheirReason) {
  AttemptId attempt = SubmitAndClaim();
  AttemptEnd end = EndWith(JobState::kScheduled, Reason::kOutOfMemory);
  end.next.run_at = Row(attempt.job).as_of - seconds(1);
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  EXPECT_OK_AND(store().CountAttempts(attempt.job, Reason::kOutOfMemory), 1);
  EXPECT_OK_AND(store().PromoteDue(10), 1);
  attempt = ClaimOne();
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  EXPECT_OK_AND(store().CountAttempts(attempt.job, Reason::kOutOfMemory), 2);
  EXPECT_OK_AND(store().CountAttempts(attempt.job, Reason::kPodLost), 0);
}

TEST_P(JobStoreTest, KeepsProgressOfTheNewestAttempt) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_EQ(bench_->ProgressPercent(attempt.job), -1);
  EXPECT_TRUE(store().SaveProgress(attempt, {12.5, 40, 61.25, 1000}).ok());
  EXPECT_EQ(bench_->ProgressPercent(attempt.job), 12.5);
  EXPECT_TRUE(store().SaveProgress(attempt, {50, 40, 61.25, 1000}).ok());
  AttemptId zombie{attempt.job, 0};
  EXPECT_TRUE(store().SaveProgress(zombie, {99, 1, 1, 1}).ok());
  EXPECT_EQ(bench_->ProgressPercent(attempt.job), 50);
  EXPECT_TRUE(store().SaveProgress({JobId(999'999), 1}, {1, 1, 1, 1}).ok());
}

TEST_P(JobStoreTest, KeepsTheEndOfTheLog) {
  AttemptId attempt = SubmitAndClaim();
  EXPECT_TRUE(store().SaveLogTails({{attempt, "line 1\nline 2\n"}}).ok());
  EXPECT_EQ(bench_->Attempt(attempt).log_tail, "line 1\nline 2\n");
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kInputNotFound);
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  EXPECT_EQ(bench_->Attempt(attempt).log_tail, "line 1\nline 2\n");
}

TEST_P(JobStoreTest, KeepsTheLastEightKibibytesOfALogInWholeCharacters) {
  AttemptId attempt = SubmitAndClaim();
  std::string log, kept;
  for (int i = 0; i < 5000; ++i) log += "\xc3\xbc";  // u umlaut
  for (int i = 0; i < 4095; ++i) kept += "\xc3\xbc";
  EXPECT_TRUE(store().SaveLogTails({{attempt, log + "!"}}).ok());
  EXPECT_EQ(bench_->Attempt(attempt).log_tail, kept + "!");
}

TEST_P(JobStoreTest, KeepsTheEndsOfLogsTogether) {
  AttemptId first = SubmitAndClaim();
  AttemptId second = SubmitAndClaim();
  AttemptId purged{JobId(999'999), 1};
  EXPECT_TRUE(
      store()
          .SaveLogTails({{first, "one"}, {purged, "?"}, {second, "two"}})
          .ok());
  EXPECT_EQ(bench_->Attempt(first).log_tail, "one");
  EXPECT_EQ(bench_->Attempt(second).log_tail, "two");
}

TEST_P(JobStoreTest, NamesAttemptsWithoutTheEndOfTheirLog) {
  AttemptId first = SubmitAndClaim();
  AttemptId second = SubmitAndClaim();
  AttemptId purged{JobId(999'999), 1};
  AttemptId other{first.job, 7};
  EXPECT_THAT(*store().AttemptsWithoutLog({second, purged, first, other}),
              testing::UnorderedElementsAre(first, second));
  EXPECT_TRUE(store().SaveLogTails({{first, ""}}).ok());
  EXPECT_THAT(*store().AttemptsWithoutLog({first, second}),
              ElementsAre(second));
  EXPECT_THAT(*store().AttemptsWithoutLog({first}), IsEmpty());
  EXPECT_THAT(*store().AttemptsWithoutLog({}), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(, JobStoreTest,
                         testing::Values(Backend::kFake, Backend::kMariaDb,
                                         Backend::kMySql),
                         [](const auto& info) -> std::string {
                           return info.param == Backend::kFake      ? "Fake"
                                  : info.param == Backend::kMariaDb ? "MariaDb"
                                                                    : "MySql";
                         });

}  // namespace
}  // namespace vexaa::store

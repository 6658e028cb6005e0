// One suite for every job store: the fake, MariaDB and MySQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/store_bed.h"
#include "tests/conformance/store_bench.h"

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

constexpr seconds kQuarterHour(15 * 60);

class JobStoreTest : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    bench_ = MakeStoreBench(GetParam());
    if (bench_ == nullptr) {
      SKIP_WITHOUT(GetParam() == Backend::kMariaDb ? Server::kMariaDb
                                                   : Server::kMySql);
    }
  }

  JobStore& store() { return bench_->store(); }

  std::vector<Job> Claim(int limit, const std::string& queue = "default") {
    auto jobs = store().Claim({queue, limit, "controller-a", NextNonce()});
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    return jobs.ok() ? *jobs : std::vector<Job>();
  }
  AttemptId ClaimOne() {
    auto jobs = Claim(1);
    EXPECT_EQ(jobs.size(), 1u);
    return jobs.empty() ? AttemptId{} : jobs[0].attempt_id();
  }
  AttemptId SubmitAndClaim(const NewJob& job = {}) {
    bench_->Submit(job);
    return ClaimOne();
  }
  Job Row(JobId id) {
    auto job = store().Read(id);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ok() ? *job : Job();
  }
  std::string NextNonce() {
    std::string nonce(32, '0');
    nonce.back() = static_cast<char>('a' + nonces_++ % 6);
    nonce.front() = static_cast<char>('0' + nonces_ % 10);
    return nonce;
  }

  static jobs::JobPlan PlanTo(const std::string& uri) {
    jobs::JobPlan plan;
    plan.outputs.push_back({0, jobs::OutputKind::kAudio, uri,
                            *jobs::FindBuiltInProfile("mp3-128k")});
    return plan;
  }
  static jobs::RunOutcome Staged(const AttemptId& attempt) {
    jobs::RunOutcome outcome;
    outcome.attempt = attempt;
    outcome.token = "token";
    outcome.reason = Reason::kSucceeded;
    outcome.source_etag = "\"etag\"";
    outcome.source_bytes = 5'000'000'000;
    outcome.outputs.push_back({0, "upload-1", 3, 4'300'000'000,
                               std::string(64, 'd'), "0badcafe",
                               std::string(64, 'e'), 441'000, 10'000, 1, "de"});
    return outcome;
  }
  static AttemptEnd EndWith(JobState state, Reason reason) {
    AttemptEnd end;
    end.reason = reason;
    end.message = "because of the test";
    end.next.state = state;
    return end;
  }

  bool FixPlan(const AttemptId& attempt, const std::string& uri) {
    auto fixed = store().FixPlan(attempt, PlanTo(uri));
    EXPECT_TRUE(fixed.ok()) << fixed.status();
    return fixed.ok() && *fixed;
  }
  // A claimed job with a plan, moved on to publishing.
  AttemptId Publishing() {
    AttemptId attempt = SubmitAndClaim();
    EXPECT_TRUE(FixPlan(attempt, "s3://audio/a.mp3"));
    auto begun = store().BeginPublish(attempt, "controller-a", Staged(attempt));
    EXPECT_TRUE(begun.ok() && *begun) << begun.status();
    return attempt;
  }

  std::unique_ptr<StoreBench> bench_;
  int nonces_ = 0;
};

// Fails unless `result` is OK and holds `wanted`.
#define EXPECT_OK_AND(result, wanted)      \
  do {                                     \
    auto got = (result);                   \
    ASSERT_TRUE(got.ok()) << got.status(); \
    EXPECT_EQ(*got, wanted);               \
  } while (false)

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
  for (int i = 0; i < 23; ++i) {
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
  EXPECT_OK_AND(store().MarkSucceeded(attempt, "done", false), true);
  EXPECT_OK_AND(store().MarkSucceeded(attempt, "done", false), false);
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
  EXPECT_OK_AND(store().MarkSucceeded(attempt, "10 s of audio", false), true);
  job = Row(attempt.job);
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.message, "10 s of audio");
  EXPECT_TRUE(store().ReadOutputs(attempt.job)->at(0).published);
  AttemptFacts facts = bench_->Attempt(attempt);
  EXPECT_TRUE(facts.finished);
  EXPECT_EQ(facts.reason, "Succeeded");
  EXPECT_EQ(facts.exit_code, 0);
  EXPECT_TRUE(FixPlan(SubmitAndClaim(), "s3://audio/a.mp3"));
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
  EXPECT_OK_AND(store().MarkSucceeded(attempt, "", false), true);
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
  EXPECT_OK_AND(store().MarkSucceeded(attempt, "done", false), true);
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
  EXPECT_TRUE(store().SaveLogTail(attempt, "line 1\nline 2\n").ok());
  EXPECT_EQ(bench_->Attempt(attempt).log_tail, "line 1\nline 2\n");
  AttemptEnd end = EndWith(JobState::kFailed, Reason::kInputNotFound);
  EXPECT_OK_AND(store().EndAttempt(attempt, end), true);
  EXPECT_EQ(bench_->Attempt(attempt).log_tail, "line 1\nline 2\n");
}

TEST_P(JobStoreTest, NamesAttemptsWithoutTheEndOfTheirLog) {
  AttemptId first = SubmitAndClaim();
  AttemptId second = SubmitAndClaim();
  AttemptId purged{JobId(999'999), 1};
  AttemptId other{first.job, 7};
  EXPECT_THAT(*store().AttemptsWithoutLog({second, purged, first, other}),
              testing::UnorderedElementsAre(first, second));
  EXPECT_TRUE(store().SaveLogTail(first, "").ok());
  EXPECT_THAT(*store().AttemptsWithoutLog({first, second}),
              ElementsAre(second));
  EXPECT_THAT(*store().AttemptsWithoutLog({first}), IsEmpty());
  EXPECT_THAT(*store().AttemptsWithoutLog({}), IsEmpty());
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

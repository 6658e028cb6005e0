#include "controller/audio_jobs/audio_job_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::controller {
namespace {

using jobs::JobState;
using jobs::Reason;
using testing::HasSubstr;

constexpr base::Time kNow{std::chrono::seconds(1795248000)};
constexpr base::Time kLater = kNow + std::chrono::seconds(60);

kube::AudioJob Job() {
  kube::AudioJob job;
  job.name = "talk";
  job.uid = "uid-1";
  job.generation = 1;
  job.spec = R"({"sourceURI": "s3://v/a.mp4"})";
  return job;
}

store::ResourceRow Row(JobState state, Reason reason) {
  store::ResourceRow row;
  row.cr_uid = "uid-1";
  row.id = jobs::JobId(42);
  row.state = state;
  row.reason = reason;
  return row;
}

const kube::Condition& ConditionOf(const kube::AudioJobStatus& status,
                                   const std::string& type) {
  for (const kube::Condition& condition : status.conditions)
    if (condition.type == type) return condition;
  ADD_FAILURE() << "no condition " << type;
  static const kube::Condition kNone;
  return kNone;
}

TEST(AudioJobStatus, IsAcceptedWithItsRow) {
  auto status = StatusOf(Job(), Row(JobState::kQueued, Reason::kQueued), kNow);
  EXPECT_EQ(status.job_id, 42u);
  EXPECT_EQ(status.state, "queued");
  EXPECT_EQ(status.observed_generation, 1);
  EXPECT_TRUE(HasCondition(status, kAccepted));
  EXPECT_EQ(ConditionOf(status, kAccepted).since, "2026-11-21T08:00:00Z");
  EXPECT_FALSE(HasCondition(status, kFinished));
  EXPECT_FALSE(IsFinished(status));
}

TEST(AudioJobStatus, FinishesInEveryTerminalState) {
  struct End {
    JobState state;
    Reason reason;
    bool succeeded;
  };
  for (End end : {End{JobState::kSucceeded, Reason::kSucceeded, true},
                  End{JobState::kFailed, Reason::kNoAudioStream, false},
                  End{JobState::kCancelled, Reason::kCancelled, false}}) {
    auto status = StatusOf(Job(), Row(end.state, end.reason), kNow);
    EXPECT_TRUE(IsFinished(status));
    EXPECT_EQ(HasCondition(status, kSucceeded), end.succeeded);
    EXPECT_EQ(ConditionOf(status, kFinished).reason,
              jobs::ReasonName(end.reason));
  }
}

TEST(AudioJobStatus, KeepsTheTimeOfAConditionThatStays) {
  kube::AudioJob job = Job();
  job.status = StatusOf(job, Row(JobState::kQueued, Reason::kQueued), kNow);
  auto next = StatusOf(job, Row(JobState::kRunning, Reason::kRunning), kLater);
  EXPECT_EQ(ConditionOf(next, kAccepted).since, "2026-11-21T08:00:00Z");
  EXPECT_EQ(ConditionOf(next, kFinished).since, "2026-11-21T08:00:00Z");
  job.status = next;
  auto end = StatusOf(job, Row(JobState::kFailed, Reason::kInternal), kLater);
  EXPECT_EQ(ConditionOf(end, kFinished).since, "2026-11-21T08:01:00Z");
}

TEST(AudioJobStatus, IsTheSameForTheSameRowAtAnyTime) {
  kube::AudioJob job = Job();
  job.status = StatusOf(job, Row(JobState::kRunning, Reason::kRunning), kNow);
  EXPECT_EQ(StatusOf(job, Row(JobState::kRunning, Reason::kRunning), kLater),
            job.status);
}

TEST(AudioJobStatus, ShowsWhyItWasRefused) {
  auto status = RefusedStatus(Job(), "spec.priority is odd", kNow);
  EXPECT_TRUE(IsFinished(status));
  EXPECT_EQ(status.job_id, 0u);
  EXPECT_EQ(status.reason, "InvalidJob");
  EXPECT_FALSE(HasCondition(status, kAccepted));
  EXPECT_EQ(ConditionOf(status, kAccepted).message, "spec.priority is odd");
}

TEST(AudioJobStatus, SaysThatAChangedSpecIsIgnored) {
  kube::AudioJob job = Job();
  job.status = StatusOf(job, Row(JobState::kQueued, Reason::kQueued), kNow);
  job.generation = 2;
  job.spec = R"({"sourceURI": "s3://v/a.mp4", "priority": 5})";
  auto same = RespecifiedStatus(job, kLater);
  EXPECT_EQ(same.observed_generation, 2);
  EXPECT_FALSE(HasCondition(same, kSpecChanged));
  job.spec = R"({"sourceURI": "s3://v/b.mp4"})";
  job.status = RespecifiedStatus(job, kLater);
  EXPECT_TRUE(HasCondition(job.status, kSpecChanged));
  EXPECT_THAT(ConditionOf(job.status, kSpecChanged).message,
              HasSubstr("only priority may change"));
  job.spec = R"({"sourceURI": "s3://v/a.mp4"})";
  EXPECT_FALSE(HasCondition(RespecifiedStatus(job, kLater), kSpecChanged));
}

TEST(AudioJobStatus, EndsWhenItsRowWasPurged) {
  kube::AudioJob job = Job();
  job.status = StatusOf(job, Row(JobState::kRunning, Reason::kRunning), kNow);
  auto status = PurgedStatus(job, kLater);
  EXPECT_TRUE(IsFinished(status));
  EXPECT_THAT(status.message, HasSubstr("row of job 42 was purged"));
}

TEST(AudioJobStatus, TellsOfChangesOfStateOnly) {
  kube::AudioJob job = Job();
  auto queued = StatusOf(job, Row(JobState::kQueued, Reason::kQueued), kNow);
  auto event = EventOf(job, queued, kNow);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->about.uid, "uid-1");
  EXPECT_EQ(event->type, kube::EventType::kNormal);
  job.status = queued;
  EXPECT_FALSE(EventOf(job, queued, kNow));
  store::ResourceRow row = Row(JobState::kFailed, Reason::kNoAudioStream);
  row.message = "the source has no audio stream";
  auto failed = EventOf(job, StatusOf(job, row, kNow), kNow);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->type, kube::EventType::kWarning);
  EXPECT_EQ(failed->reason, "NoAudioStream");
  EXPECT_EQ(failed->message, "the source has no audio stream");
}

}  // namespace
}  // namespace vexaa::controller

#include "controller/audio_jobs/audio_job_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "controller/audio_jobs/audio_job_status.h"
#include "tests/fakes/fake_audio_job_client.h"
#include "tests/fakes/fake_resource_store.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Status;
using jobs::JobState;

constexpr char kSpec[] = R"({"sourceURI": "s3://videos/talk.mp4"})";
constexpr base::Duration kSecond = std::chrono::seconds(1);

class AudioJobSyncTest : public testing::Test {
 protected:
  // As its watch would have it, then a round; time passes so that rows are
  // looked at.
  void Round(base::Duration pause = 3 * kSecond) {
    auto listed = sync_.List({});
    ASSERT_TRUE(listed.ok());
    listed->apply();
    clock_.Advance(pause);
    sync_.Step({});
  }
  void Rounds(int count) {
    for (int i = 0; i < count; ++i) Round();
  }
  kube::AudioJobStatus StatusNow(const std::string& name = "talk") {
    return client_.Get(name).status;
  }

  std::ostringstream log_text_;
  base::ManualClock clock_;
  base::Logger log_{log_text_, base::LogFormat::kText, base::LogLevel::kDebug,
                    clock_};
  kube::FakeAudioJobClient client_;
  store::FakeResourceStore store_;
  AudioJobSync sync_{{.client = client_,
                      .events = client_,
                      .store = store_,
                      .clock = clock_,
                      .log = log_,
                      .installation = "ours",
                      .name_space = "media"}};
};

TEST_F(AudioJobSyncTest, MakesOneRowOfAResource) {
  client_.Create("talk", kSpec);
  Rounds(4);
  EXPECT_EQ(store_.submits(), 1);
  EXPECT_EQ(store_.Of("uid-1").job.source_uri, "s3://videos/talk.mp4");
  EXPECT_EQ(store_.Of("uid-1").job.cr_namespace, "media");
  EXPECT_EQ(StatusNow().job_id, 1u);
  EXPECT_TRUE(HasCondition(StatusNow(), kAccepted));
}

TEST_F(AudioJobSyncTest, MirrorsTheRowToItsEnd) {
  client_.Create("talk", kSpec);
  Rounds(2);
  store_.Of("uid-1").row.state = JobState::kRunning;
  store_.Of("uid-1").row.percent = 40;
  Round();
  EXPECT_EQ(StatusNow().state, "running");
  EXPECT_EQ(StatusNow().progress, 40);
  store_.Of("uid-1").row.state = JobState::kSucceeded;
  store_.Of("uid-1").row.reason = jobs::Reason::kSucceeded;
  Round();
  EXPECT_TRUE(HasCondition(StatusNow(), kSucceeded));
  int writes = client_.writes();
  Rounds(3);
  EXPECT_EQ(client_.writes(), writes) << "nothing changed any more";
  ASSERT_EQ(client_.events().size(), 3u);
  EXPECT_EQ(client_.events()[2].reason, "Succeeded");
}

// Accepted, by name; the last by name is of uid-250.
class ManyAudioJobsTest : public AudioJobSyncTest {
 protected:
  static constexpr int kJobs = 250;
  void SetUp() override {
    for (int i = 0; i < kJobs; ++i)
      client_.Create("job-" + std::to_string(1000 + i), kSpec);
    Rounds(3);
    ASSERT_EQ(store_.submits(), kJobs);
  }
  int AskedIn(int rounds) {
    int before = store_.rows_asked();
    Rounds(rounds);
    return store_.rows_asked() - before;
  }
  store::ResourceRow& Last() { return store_.Of("uid-250").row; }
};

TEST_F(ManyAudioJobsTest, ReadsFewRowsWhileManyWait) {
  EXPECT_EQ(AskedIn(1), 100);
  Last().state = JobState::kRunning;
  EXPECT_LE(AskedIn(1), 101);
  EXPECT_EQ(StatusNow("job-1249").state, "running");
  Last().state = JobState::kSucceeded;
  EXPECT_LE(AskedIn(1), 101);
  EXPECT_TRUE(HasCondition(StatusNow("job-1249"), kSucceeded));
  store_.Of("uid-250").ended_long_ago = true;
  EXPECT_EQ(AskedIn(1), 100);
}

TEST_F(ManyAudioJobsTest, ShowsAnEndBetweenTwoLooks) {
  Last().state = JobState::kFailed;
  Round();
  EXPECT_EQ(StatusNow("job-1249").state, "failed");
}

TEST_F(ManyAudioJobsTest, ReadsEveryRowThatWaitsInTurn) {
  for (int i = 1; i <= kJobs; ++i)
    store_.Of("uid-" + std::to_string(i)).row.message = "later";
  Rounds(3);
  for (int i = 0; i < kJobs; ++i)
    EXPECT_EQ(StatusNow("job-" + std::to_string(1000 + i)).message, "later");
}

TEST_F(ManyAudioJobsTest, ShowsAnEndAfterTheDatabaseWasAway) {
  Last().state = JobState::kFailed;
  store_.FailNext(Status(Code::kUnavailable, "server has gone away"));
  Round();
  EXPECT_NE(StatusNow("job-1249").state, "failed");
  Round(6 * kSecond);
  EXPECT_EQ(StatusNow("job-1249").state, "failed");
}

TEST_F(AudioJobSyncTest, CancelsTheJobOfADeletedResource) {
  client_.Create("talk", kSpec);
  Rounds(2);
  client_.Remove("talk");
  Round();
  EXPECT_TRUE(store_.Of("uid-1").cancel_wanted);
}

TEST_F(AudioJobSyncTest, LeavesAFinishedJobAloneWhenItsResourceIsDeleted) {
  client_.Create("talk", kSpec);
  Rounds(2);
  store_.Of("uid-1").row.state = JobState::kSucceeded;
  Round();
  client_.Remove("talk");
  Round();
  EXPECT_FALSE(store_.Of("uid-1").cancel_wanted);
}

TEST_F(AudioJobSyncTest, CancelsWhatWasDeletedWhileNobodyWatched) {
  client_.Create("other", kSpec);
  store::ResourceJob gone;
  gone.cr_namespace = "media";
  gone.cr_uid = "uid-gone";
  gone.source_uri = "s3://v/a";
  ASSERT_TRUE(store_.Submit(gone).ok());
  gone.cr_uid = "uid-elsewhere";
  gone.cr_namespace = "another";
  ASSERT_TRUE(store_.Submit(gone).ok());
  Round();
  EXPECT_TRUE(store_.Of("uid-gone").cancel_wanted);
  EXPECT_FALSE(store_.Of("uid-elsewhere").cancel_wanted);
}

TEST_F(AudioJobSyncTest, GoesOnWithAJobWhoseResourceLeftTheSelector) {
  client_.Create("talk", kSpec);
  Rounds(2);
  client_.Relabel("talk");
  Round();
  Round(std::chrono::minutes(11));  // a comparison of all
  EXPECT_FALSE(store_.Of("uid-1").cancel_wanted);
  EXPECT_THAT(log_text_.str(), testing::HasSubstr("left the selector"));
}

TEST_F(AudioJobSyncTest, AsksAgainWhetherAResourceIsDeleted) {
  client_.Create("talk", kSpec);
  Rounds(2);
  client_.Remove("talk");
  client_.FailNextLook(Status(Code::kUnavailable, "503"));
  Round();
  EXPECT_FALSE(store_.Of("uid-1").cancel_wanted);
  Round(6 * kSecond);
  EXPECT_TRUE(store_.Of("uid-1").cancel_wanted);
}

TEST_F(AudioJobSyncTest, ListsOnceBeforeItWatches) {
  client_.Create("talk", kSpec);
  std::stop_source source;
  client_.OnWatch([&] { source.request_stop(); });
  sync_.Run(source.get_token());
  EXPECT_EQ(client_.lists(), 1);
}

TEST_F(AudioJobSyncTest, WaitsForTheResourceAndSaysOnceThatItIsNotInstalled) {
  client_.Create("talk", kSpec);  // once it is
  client_.FailLists(
      4, Status(Code::kNotFound, "the server could not find the resource"));
  std::jthread run([this](std::stop_token stop) { sync_.Run(stop); });
  for (int look = 1; look <= 4; ++look) {
    clock_.WaitForSleeper(30 * kSecond);
    EXPECT_EQ(client_.lists(), look);
    EXPECT_EQ(client_.writes() + store_.submits(), 0);
    const std::string said = log_text_.str();
    EXPECT_THAT(said, testing::HasSubstr("AudioJob is not installed here"));
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    clock_.Advance(30 * kSecond);
  }
  while (!HasCondition(StatusNow(), kAccepted)) {
    clock_.WaitForSleeper(30 * kSecond);
    clock_.Advance(kSecond);
  }
  run = {};  // stopped
  EXPECT_TRUE(store_.Has("uid-1"));
}

TEST_F(AudioJobSyncTest, ComparesWithAListOnlyWhereAResourceIsMissing) {
  client_.Create("talk", kSpec);
  Rounds(3);
  EXPECT_EQ(client_.lists(), 3) << "the three that stand for its watch";
  client_.Remove("talk");
  AudioJobSync later({.client = client_,
                      .events = client_,
                      .store = store_,
                      .clock = clock_,
                      .log = log_,
                      .installation = "ours",
                      .name_space = "media"});
  auto listed = later.List({});
  ASSERT_TRUE(listed.ok());
  listed->apply();
  later.Step({});
  EXPECT_EQ(client_.lists(), 5);
  EXPECT_TRUE(store_.Of("uid-1").cancel_wanted);
}

TEST_F(AudioJobSyncTest, ListsAgainEveryTenMinutesToCompare) {
  Round();
  Round(std::chrono::minutes(11));
  EXPECT_EQ(client_.lists(), 3);
}

TEST_F(AudioJobSyncTest, NeverRunsAResourceAgainWhoseRowWasPurged) {
  client_.Create("talk", kSpec);
  Rounds(2);
  store_.Purge("uid-1");
  Rounds(3);
  EXPECT_FALSE(store_.Has("uid-1"));
  EXPECT_TRUE(IsFinished(StatusNow()));
}

TEST_F(AudioJobSyncTest, ShowsWhatTheTableRefuses) {
  client_.Create("talk", R"({"sourceURI": "ftp://x/y"})");
  Rounds(3);
  EXPECT_EQ(StatusNow().reason, "InvalidJob");
  EXPECT_EQ(StatusNow().message, "source_uri_must_be_s3_or_file_uri");
  EXPECT_TRUE(IsFinished(StatusNow()));
  int submits = store_.submits();
  Rounds(2);
  EXPECT_EQ(store_.submits(), submits) << "once is enough";
  client_.ChangeSpec("talk", kSpec);
  Rounds(2);
  EXPECT_TRUE(HasCondition(StatusNow(), kAccepted)) << "it was put right";
  EXPECT_FALSE(IsFinished(StatusNow()));
}

TEST_F(AudioJobSyncTest, ChangesOnlyThePriorityOfAnAcceptedJob) {
  client_.Create("talk", kSpec);
  Rounds(2);
  client_.ChangeSpec("talk",
                     R"({"sourceURI": "s3://videos/talk.mp4", "priority": 7})");
  Round();
  EXPECT_EQ(store_.Of("uid-1").job.priority, 7);
  EXPECT_FALSE(HasCondition(StatusNow(), kSpecChanged));
  client_.ChangeSpec("talk", R"({"sourceURI": "s3://videos/b.mp4"})");
  Round();
  EXPECT_TRUE(HasCondition(StatusNow(), kSpecChanged));
  EXPECT_EQ(store_.Of("uid-1").job.source_uri, "s3://videos/talk.mp4");
}

TEST_F(AudioJobSyncTest, LeavesWhatAnotherInstallationTook) {
  client_.Create("talk", kSpec);
  kube::AudioJobStatus status;
  status.installation = "theirs";
  ASSERT_TRUE(client_.WriteStatus(client_.Get("talk"), status, false, {}).ok());
  Rounds(3);
  EXPECT_EQ(store_.submits(), 0);
  client_.Remove("talk");
  Round();
  EXPECT_FALSE(store_.Has("uid-1"));
}

TEST_F(AudioJobSyncTest, GoesOnAfterTheDatabaseWasAway) {
  client_.Create("talk", kSpec);
  Round();
  store_.FailNext(Status(Code::kUnavailable, "server has gone away"));
  Round(kSecond);
  EXPECT_EQ(StatusNow().job_id, 0u);
  Round(kSecond);
  EXPECT_EQ(StatusNow().job_id, 0u) << "it waits a while after a failure";
  Round(10 * kSecond);
  EXPECT_EQ(StatusNow().job_id, 1u);
}

TEST_F(AudioJobSyncTest, FindsItsRowAgainWhenTheAnswerWasLost) {
  client_.Create("talk", kSpec);
  Round();
  client_.FailNextWrite(Status(Code::kUnavailable, "connection reset"));
  Round();
  EXPECT_EQ(StatusNow().job_id, 0u);
  Round(10 * kSecond);
  EXPECT_EQ(StatusNow().job_id, 1u);
  EXPECT_EQ(store_.submits(), 2) << "and the second found the first's row";
}

TEST_F(AudioJobSyncTest, CancelsAJobWhoseResourceWasReplacedMeanwhile) {
  client_.Create("talk", kSpec);
  Rounds(2);
  client_.Remove("talk");
  client_.Create("talk", kSpec);  // uid-2
  Rounds(3);
  EXPECT_TRUE(store_.Of("uid-1").cancel_wanted);
  EXPECT_EQ(StatusNow().job_id, 2u);
}

}  // namespace
}  // namespace vexaa::controller

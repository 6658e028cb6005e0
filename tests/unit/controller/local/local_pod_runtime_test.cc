#include "controller/local/local_pod_runtime.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <set>
#include <vector>

#include "tests/unit/controller/local/local_fixture.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::Code;
using kube::PodPhase;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST_F(LocalTest, ShowsASuccessWithItsOutcomeAndExitCode) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("outcome all-staged exit 0")).ok());
  auto pod = AwaitOver(kPod);
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->phase, PodPhase::kSucceeded);
  EXPECT_EQ(pod->termination->exit_code, 0);
  EXPECT_EQ(pod->termination->message, "all-staged");
  EXPECT_EQ(pod->termination->reason, "Completed");
  EXPECT_TRUE(pod->started_at);
}

TEST_F(LocalTest, LabelsAPodAsAClusterWould) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("wait")).ok());
  kube::Pod pod = *runtime_->Get(kPod);
  EXPECT_EQ(pod.phase, PodPhase::kRunning);
  EXPECT_FALSE(pod.uid.empty());
  EXPECT_THAT(pod.labels, Contains(Pair(kInstallationLabel, "install-1")));
  EXPECT_THAT(pod.labels, Contains(Pair(kClaimLabel, "abc")));
  EXPECT_THAT(pod.labels, Contains(Pair(kJobIdLabel, "7")));
}

TEST_F(LocalTest, ShowsAFailureWithItsOutcomeAndExitCode) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("outcome no-audio exit 65")).ok());
  auto pod = AwaitOver(kPod);
  EXPECT_EQ(pod->phase, PodPhase::kFailed);
  EXPECT_EQ(pod->termination->exit_code, 65);
  EXPECT_EQ(pod->termination->message, "no-audio");
}

TEST_F(LocalTest, ShowsACrashAsAFailureWithItsSignal) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("crash")).ok());
  auto pod = AwaitOver(kPod);
  EXPECT_EQ(pod->phase, PodPhase::kFailed);
  EXPECT_EQ(pod->termination->signal, SIGSEGV);
  EXPECT_EQ(pod->termination->exit_code, 128 + SIGSEGV);
  EXPECT_EQ(pod->termination->message, "");
}

TEST_F(LocalTest, TakesExitZeroWithoutAnOutcomeForNoSuccess) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("exit 0")).ok());
  auto pod = AwaitOver(kPod);
  EXPECT_EQ(pod->phase, PodPhase::kFailed);
  EXPECT_EQ(pod->termination->exit_code, 0);
}

TEST_F(LocalTest, RefusesAProgramThatCannotRunAndLeavesNothing) {
  LocalOptions options = Options();
  options.runner_path = "/nonexistent/runner";
  Start(options);
  base::Status created = runtime_->Create(Request("wait"));
  EXPECT_EQ(created.code(), Code::kInvalidArgument);
  EXPECT_THAT(created.message(), HasSubstr("cannot run /nonexistent/runner"));
  EXPECT_EQ(runtime_->Get(kPod).status().code(), Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/" + kPod));
}

TEST_F(LocalTest, RefusesASecondPodOfOneName) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("wait")).ok());
  std::string uid = runtime_->Get(kPod)->uid;
  EXPECT_EQ(runtime_->Create(Request("exit 0")).code(), Code::kAlreadyExists);
  EXPECT_EQ(runtime_->Get(kPod)->uid, uid);
}

TEST_F(LocalTest, LetsOneOfManyCreatesOfOneNameWin) {
  Start();
  std::atomic<int> made = 0;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        base::Status status = runtime_->Create(Request("wait"));
        (status.ok() ? made : refused) += 1;
      });
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(refused, 7);
}

TEST_F(LocalTest, EndsARunningPodOnDeletionAndForgetsIt) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("wait")).ok());
  ASSERT_TRUE(runtime_->Delete(kPod, runtime_->Get(kPod)->uid).ok());
  EXPECT_TRUE(AwaitGone(kPod));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/" + kPod));
  EXPECT_EQ(runtime_->Get(kPod).status().code(), Code::kNotFound);
}

TEST_F(LocalTest, ShowsADeletionUntilThePodIsOver) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("ignore-term environment wait")).ok());
  ASSERT_TRUE(AwaitLog(kPod, "VEXAA_RUN_SPEC"));
  ASSERT_TRUE(runtime_->Delete(kPod, "").ok());
  auto pod = runtime_->Find(kPod);
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->phase, PodPhase::kRunning);
  EXPECT_TRUE(pod->deletion_time);
}

TEST_F(LocalTest, KillsWhatIgnoresSigtermAfterItsGrace) {
  LocalOptions options = Options();
  options.grace = 100ms;
  Start(options);
  ASSERT_TRUE(runtime_->Create(Request("ignore-term environment wait")).ok());
  ASSERT_TRUE(AwaitLog(kPod, "VEXAA_RUN_SPEC"));
  ASSERT_TRUE(runtime_->Delete(kPod, "").ok());
  EXPECT_TRUE(AwaitGone(kPod));
}

TEST_F(LocalTest, ShowsTheOutcomeOfADeletedPodBeforeItGoes) {
  runtime_ = std::move(*LocalPodRuntime::Open(Options(), clock_, log_));
  std::mutex mutex;
  std::vector<std::string> seen;
  thread_ = std::jthread([&](std::stop_token stop) {
    runtime_->Run(
        [&](const std::string& name) {
          auto pod = runtime_->Find(name);
          std::lock_guard lock(mutex);
          if (pod && pod->termination)
            seen.push_back(pod->termination->message);
        },
        stop);
  });
  PodRequest request =
      Request("ignore-term environment await go outcome x exit 143");
  ASSERT_TRUE(runtime_->Create(request).ok());
  ASSERT_TRUE(AwaitLog(kPod, "VEXAA_RUN_SPEC"));
  ASSERT_TRUE(runtime_->Delete(kPod, "").ok());
  Touch(kPod, "go");
  EXPECT_TRUE(AwaitGone(kPod));
  Stop();
  EXPECT_THAT(seen, Contains("x"));
}

TEST_F(LocalTest, RemovesAFinishedPodAtOnce) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("outcome x exit 0")).ok());
  ASSERT_TRUE(AwaitOver(kPod));
  ASSERT_TRUE(runtime_->Delete(kPod, "").ok());
  EXPECT_FALSE(runtime_->Find(kPod));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/" + kPod));
}

TEST_F(LocalTest, SparesAPodOfAnotherUid) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("wait")).ok());
  EXPECT_TRUE(runtime_->Delete(kPod, "somebody-else").ok());
  EXPECT_FALSE(runtime_->Get(kPod)->deletion_time);
}

TEST_F(LocalTest, TakesTheDeletionOfNothingForDone) {
  Start();
  EXPECT_TRUE(runtime_->Delete("vexaa-job-99-1", "").ok());
  EXPECT_TRUE(runtime_->Delete("../escape", "").ok());
}

TEST_F(LocalTest, GivesARunnerNothingButItsOwnEnvironment) {
  ASSERT_EQ(::setenv("VEXAA_DATABASE_PASSWORD", "hunter2", 1), 0);
  LocalOptions options = Options();
  options.environment = {{"PATH", "/usr/bin"}};
  options.progress_url = "http://127.0.0.1:1/progress";
  Start(options);
  ASSERT_TRUE(runtime_->Create(Request("environment exit 0")).ok());
  ASSERT_TRUE(AwaitOver(kPod));
  ::unsetenv("VEXAA_DATABASE_PASSWORD");
  std::string log = *runtime_->LogTail(kPod, 10'000);
  EXPECT_THAT(log, HasSubstr("PATH=/usr/bin\n"));
  EXPECT_THAT(log, HasSubstr("VEXAA_PROGRESS_URL=http://127.0.0.1:1/progress"));
  EXPECT_THAT(log, HasSubstr("VEXAA_OUTCOME_FILE=" + PathOf(kPod, "outcome")));
  EXPECT_THAT(log, Not(HasSubstr("hunter2")));
}

TEST_F(LocalTest, PassesOnlyTheLockAndASessionOfItsOwn) {
  // As a library would that knows nothing of O_CLOEXEC.
  int leaked = ::open("/dev/null", O_RDONLY);
  Start();
  ASSERT_TRUE(runtime_->Create(Request("descriptors exit 0")).ok());
  ASSERT_TRUE(AwaitOver(kPod));
  ::close(leaked);
  EXPECT_EQ(*runtime_->LogTail(kPod, 10'000),
            "fd 0\nfd 1\nfd 2\nfd 3\nsession leader yes\n");
}

TEST_F(LocalTest, GivesARunnerPlainSignals) {
  sigset_t term;
  sigset_t before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &term, &before);
  auto* pipe_before = std::signal(SIGPIPE, SIG_IGN);
  Start();
  ASSERT_TRUE(runtime_->Create(Request("signals exit 0")).ok());
  ASSERT_TRUE(AwaitOver(kPod));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::signal(SIGPIPE, pipe_before);
  EXPECT_EQ(*runtime_->LogTail(kPod, 10'000),
            "SIGTERM blocked 0\nSIGPIPE ignored 0\n");
}

TEST_F(LocalTest, KillsARunnerPastItsDeadline) {
  LocalOptions options = Options();
  options.deadline_slack = 0ms;
  Start(options);
  PodRequest request = Request("ignore-term wait");
  request.timeout_seconds = 1;
  ASSERT_TRUE(runtime_->Create(request).ok());
  auto pod = AwaitOver(kPod);
  EXPECT_EQ(pod->phase, PodPhase::kFailed);
  EXPECT_EQ(pod->status_reason, "DeadlineExceeded");
}

TEST_F(LocalTest, CutsTheLogOfARunnerThatIgnoresItsLimit) {
  LocalOptions options = Options();
  options.log_limit_bytes = 10'000;
  Start(options);
  PodRequest request = Request("flood outcome x await go flood exit 0");
  ASSERT_TRUE(runtime_->Create(request).ok());
  // Until its outcome is there the runner may write faster than it is cut.
  ASSERT_TRUE(Eventually(
      [&] { return std::filesystem::exists(PathOf(kPod, "outcome")); }));
  EXPECT_TRUE(Eventually([&] {
    return std::filesystem::file_size(PathOf(kPod, "log")) <= 20'000u;
  }));
  EXPECT_TRUE(AwaitLog(kPod, "[earlier lines were cut]"));
  Touch(kPod, "go");
  EXPECT_TRUE(AwaitOver(kPod));
}

TEST_F(LocalTest, GivesTheEndOfALog) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("signals exit 0")).ok());
  ASSERT_TRUE(AwaitOver(kPod));
  EXPECT_EQ(*runtime_->LogTail(kPod, 10), "ignored 0\n");
  EXPECT_EQ(runtime_->LogTail("vexaa-job-8-1", 10).status().code(),
            Code::kNotFound);
}

TEST_F(LocalTest, EndsWhatARunnerLeftBehind) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("straggler outcome x exit 0")).ok());
  auto pod = AwaitOver(kPod);
  EXPECT_EQ(pod->phase, PodPhase::kSucceeded);
  EXPECT_FALSE(AttemptFolder(folder_, kPod).ReadFacts()->locked);
}

TEST_F(LocalTest, ForgetsAFinishedPodWhoseFolderSomebodyRemoved) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("exit 0")).ok());
  ASSERT_TRUE(AwaitOver(kPod));
  std::filesystem::remove_all(folder_ + "/" + kPod);
  EXPECT_TRUE(AwaitGone(kPod));
}

TEST_F(LocalTest, TellsEveryChange) {
  auto opened = LocalPodRuntime::Open(Options(), clock_, log_);
  runtime_ = std::move(*opened);
  std::mutex mutex;
  std::multiset<std::string> told;
  thread_ = std::jthread([&](std::stop_token stop) {
    runtime_->Run(
        [&](const std::string& name) {
          // No lock of the runtime may be held here.
          (void)runtime_->Find(name);
          std::lock_guard lock(mutex);
          told.insert(name);
        },
        stop);
  });
  ASSERT_TRUE(runtime_->Create(Request("await go exit 0")).ok());
  auto count = [&] {
    std::lock_guard lock(mutex);
    return told.count(kPod);
  };
  Await(kPod, [&](const auto&) { return count() >= 1; });
  EXPECT_EQ(count(), 1u);
  Touch(kPod, "go");
  Await(kPod, [&](const auto&) { return count() >= 2; });
  EXPECT_EQ(count(), 2u);
  EXPECT_TRUE(runtime_->Delete(kPod, "").ok());
  Await(kPod, [&](const auto&) { return count() >= 3; });
  EXPECT_EQ(count(), 3u);
  Stop();
}

TEST_F(LocalTest, IsStaleWhileItDoesNotWatch) {
  Start();
  Await(kPod, [&](const auto&) { return runtime_->Health().ok(); });
  EXPECT_TRUE(runtime_->Health().ok());
  thread_.request_stop();
  thread_.join();
  EXPECT_FALSE(runtime_->Health().ok());
}

TEST_F(LocalTest, KeepsTwoControllersOffOneFolder) {
  Start();
  auto second = LocalPodRuntime::Open(Options(), clock_, log_);
  EXPECT_EQ(second.status().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace vexaa::controller

// What a controller finds of an earlier one's attempts, killed at any point.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "controller/local/file_io.h"
#include "controller/local/local_pod_runtime.h"
#include "controller/local/process.h"
#include "lib/base/digest.h"
#include "lib/jobs/run_outcome.h"
#include "tests/unit/controller/local/local_fixture.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::Code;
using kube::PodPhase;

class LocalAdoption : public LocalTest {
 protected:
  // A controller in a process of its own that creates the pod and is killed
  // with SIGKILL before it sees anything of its end.
  void CreateByControllerThatDies(const PodRequest& request) {
    Stop();
    pid_t controller = ::fork();
    ASSERT_GE(controller, 0);
    if (controller == 0) {
      auto runtime = LocalPodRuntime::Open(Options(), clock_, log_);
      bool created = runtime.ok() && (*runtime)->Create(request).ok();
      if (created) ::kill(::getpid(), SIGKILL);
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(controller, &status, 0), controller);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the pod was not created";
  }

  AttemptRecord Record(const std::string& boot_id) const {
    return {.name = kPod,
            .uid = "uid-1",
            .boot_id = boot_id,
            .labels = {},
            .created_at = clock_.Now(),
            .timeout_seconds = 600};
  }

  void MakeFolder(const AttemptRecord& record) const {
    std::filesystem::create_directories(folder_);
    AttemptFolder folder(folder_, kPod);
    ASSERT_TRUE(folder.Make().ok());
    ASSERT_TRUE(folder.WriteRecord(record).ok());
  }

  // Until the process has ended, whoever reaps it.
  void AwaitUnlocked() const {
    while (AttemptFolder(folder_, kPod).ReadFacts()->locked)
      std::this_thread::sleep_for(1ms);
  }

  // What a process of that pid wrote down that started long before this one.
  static std::string StatOf(pid_t pid) {
    return std::to_string(pid) +
           " (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n";
  }

  std::string SuccessText() const {
    jobs::RunOutcome outcome;
    outcome.attempt = {jobs::JobId(7), 1};
    outcome.reason = jobs::Reason::kSucceeded;
    return jobs::FormatRunOutcome(outcome);
  }
};

TEST_F(LocalAdoption, TakesOverALivingProcess) {
  CreateByControllerThatDies(Request("await go outcome done exit 0"));
  Start();
  auto pod = runtime_->Find(kPod);
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->phase, PodPhase::kRunning);
  EXPECT_EQ(pod->labels[kClaimLabel], "abc");
  EXPECT_EQ(runtime_->Create(Request("exit 0")).code(), Code::kAlreadyExists);
  Touch(kPod, "go");
  pod = AwaitOver(kPod);
  EXPECT_EQ(pod->termination->message, "done");
  EXPECT_EQ(pod->termination->exit_code, -1);
}

TEST_F(LocalAdoption, ReadsTheOutcomeOfOneThatEndedMeanwhile) {
  CreateByControllerThatDies(Request("await go exit 0"));
  std::ofstream(PathOf(kPod, "outcome")) << SuccessText();
  Touch(kPod, "go");
  AwaitUnlocked();
  Start();
  auto pod = runtime_->Find(kPod);
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->phase, PodPhase::kSucceeded);
  EXPECT_EQ(pod->termination->message, SuccessText());
  EXPECT_EQ(pod->termination->exit_code, -1);
}

TEST_F(LocalAdoption, ShowsOneThatEndedWithoutAnOutcomeAsFailed) {
  CreateByControllerThatDies(Request("wait"));
  ::kill(PidOf(kPod), SIGKILL);
  AwaitUnlocked();
  Start();
  auto pod = runtime_->Find(kPod);
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->phase, PodPhase::kFailed);
  EXPECT_EQ(pod->termination->message, "");
  EXPECT_EQ(pod->termination->exit_code, -1);
}

TEST_F(LocalAdoption, SeesADyingProcessBySignalLater) {
  CreateByControllerThatDies(Request("wait"));
  Start();
  EXPECT_EQ(runtime_->Find(kPod)->phase, PodPhase::kRunning);
  ::kill(PidOf(kPod), SIGKILL);
  EXPECT_EQ(AwaitOver(kPod)->phase, PodPhase::kFailed);
}

TEST_F(LocalAdoption, KeepsAnExitCodeThatWasSeenBefore) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("outcome x exit 65")).ok());
  ASSERT_TRUE(AwaitOver(kPod));
  Start();
  EXPECT_EQ(runtime_->Find(kPod)->termination->exit_code, 65);
}

TEST_F(LocalAdoption, TakesOverFromAnInstanceThatWasStopped) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("await go outcome x exit 0")).ok());
  std::string uid = runtime_->Get(kPod)->uid;
  Start();
  EXPECT_EQ(runtime_->Find(kPod)->phase, PodPhase::kRunning);
  EXPECT_EQ(runtime_->Find(kPod)->uid, uid);
  Touch(kPod, "go");
  EXPECT_EQ(AwaitOver(kPod)->phase, PodPhase::kSucceeded);
}

TEST_F(LocalAdoption, GoesOnWithADeletionThatWasUnderWay) {
  Start();
  ASSERT_TRUE(runtime_->Create(Request("ignore-term environment wait")).ok());
  ASSERT_TRUE(AwaitLog(kPod, "VEXAA_RUN_SPEC"));
  ASSERT_TRUE(runtime_->Delete(kPod, "").ok());
  LocalOptions options = Options();
  options.grace = 50ms;
  Start(options);
  EXPECT_TRUE(AwaitGone(kPod));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/" + kPod));
}

TEST_F(LocalAdoption, DeletesWhatItHasNotYetSeen) {
  CreateByControllerThatDies(Request("wait"));
  auto opened = LocalPodRuntime::Open(Options(), clock_, log_);
  ASSERT_TRUE(opened.ok());
  EXPECT_FALSE((*opened)->synced());
  EXPECT_TRUE((*opened)->Get(kPod).ok());
  EXPECT_TRUE((*opened)->Delete(kPod, "").ok());
  AwaitUnlocked();
}

TEST_F(LocalAdoption, RemovesAFolderThatWasMadeAndNoMore) {
  std::filesystem::create_directories(folder_ + "/" + kPod);
  Start();
  EXPECT_FALSE(runtime_->Find(kPod));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/" + kPod));
  EXPECT_TRUE(runtime_->Create(Request("exit 0")).ok());
}

TEST_F(LocalAdoption, RemovesAFolderWhoseProcessWasNeverMade) {
  MakeFolder(Record(*ReadBootId()));
  // The lock was made, too, and died with the controller.
  ASSERT_TRUE(AttemptFolder(folder_, kPod).TakeLock().ok());
  Start();
  EXPECT_FALSE(runtime_->Find(kPod));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/" + kPod));
}

TEST_F(LocalAdoption, WaitsForAProcessThatHasNotYetNamedItself) {
  MakeFolder(Record(*ReadBootId()));
  // Between fork and exec: the lock is held and says nothing yet.
  auto lock = AttemptFolder(folder_, kPod).TakeLock();
  ASSERT_TRUE(lock.ok());
  Start();
  EXPECT_EQ(runtime_->Find(kPod)->phase, PodPhase::kPending);
  // It names itself and ends: nobody of that start time is found any more.
  std::string stat = StatOf(::getpid());
  ASSERT_GT(::write(lock->get(), stat.data(), stat.size()), 0);
  lock->Reset();
  EXPECT_EQ(AwaitOver(kPod)->phase, PodPhase::kFailed);
}

TEST_F(LocalAdoption, CountsAnAttemptBeforeAPowerLossAsFailed) {
  MakeFolder(Record("another-boot"));
  Start();
  EXPECT_EQ(runtime_->Find(kPod)->phase, PodPhase::kFailed);
}

TEST_F(LocalAdoption, FreesFoldersWhoseRemovalWasCutShort) {
  std::filesystem::create_directories(folder_ + "/.removed-0123/deep");
  Start();
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/.removed-0123"));
}

TEST_F(LocalAdoption, LeavesOtherPeoplesFoldersAlone) {
  std::filesystem::create_directories(folder_ + "/notes");
  std::filesystem::create_directories(folder_ + "/vexaa-job-07-1");
  Start();
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/notes"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/vexaa-job-07-1"));
  EXPECT_TRUE(runtime_->All().empty());
}

// The pid of an ended runner may be another process's by now.
TEST_F(LocalAdoption, NeverTakesAnotherProcessOfThatPidForTheRunner) {
  auto stat = ReadSmallFile("/proc/self/stat", 4096);
  ProcessId self = *ParseProcStat(*stat);
  EXPECT_TRUE(OpenProcess(self).ok());
  ProcessId older{.pid = self.pid, .start_time = self.start_time - 1};
  EXPECT_EQ(OpenProcess(older).status().code(), Code::kNotFound);
}

TEST_F(LocalAdoption, SparesAnotherProcessOfThatPidOnDeletion) {
  pid_t innocent = ::fork();
  if (innocent == 0)
    while (true) ::pause();
  MakeFolder(Record(*ReadBootId()));
  auto lock = AttemptFolder(folder_, kPod).TakeLock();
  std::string stat = StatOf(innocent);
  ASSERT_GT(::write(lock->get(), stat.data(), stat.size()), 0);
  LocalOptions options = Options();
  options.grace = 0ms;
  Start(options);
  EXPECT_EQ(runtime_->Find(kPod)->phase, PodPhase::kRunning);
  EXPECT_TRUE(runtime_->Delete(kPod, "").ok());
  lock->Reset();
  EXPECT_TRUE(AwaitGone(kPod));
  EXPECT_EQ(::kill(innocent, 0), 0);
  EXPECT_EQ(::waitpid(innocent, nullptr, WNOHANG), 0);
  ::kill(innocent, SIGKILL);
  ::waitpid(innocent, nullptr, 0);
}

}  // namespace
}  // namespace vexaa::controller

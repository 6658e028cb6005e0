// The real program with a decoder that hangs: no stage can be asked to end
// any more, and yet it ends, says why, and names what it leaves behind.
#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "lib/jobs/location.h"
#include "lib/jobs/run_outcome.h"
#include "lib/jobs/run_spec.h"
#include "tests/integration/runner_process.h"

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;
using jobs::Reason;
using testing::HasSubstr;
using testing::SizeIs;

class StuckRunner : public testing::Test {
 protected:
  void SetUp() override { WriteLongWav(Source(), 1); }

  fs::path Source() const { return folder_.path() / "in.wav"; }
  fs::path Output() const { return folder_.path() / "out.wav"; }

  // How it hangs: "computing" or "waiting".
  Environment HangingBy(const std::string& how) const {
    return {{"LD_PRELOAD", VEXAA_STUCK_DECODER},
            {"VEXAA_TEST_STUCK", how},
            // a sanitizer's library does not come first then
            {"ASAN_OPTIONS", "verify_asan_link_order=0"},
            {"VEXAA_FOLDER_ROOTS", folder_.path().string()}};
  }
  Environment JobHangingBy(const std::string& how) const {
    jobs::RunSpec spec;
    spec.attempt = {jobs::JobId(7), 1};
    spec.token = "7.1.00ff";
    spec.source_uri = Uri(Source());
    spec.plan.outputs.push_back({0, jobs::OutputKind::kAudio, Uri(Output()),
                                 *jobs::FindBuiltInProfile("wav")});
    Environment environment = HangingBy(how);
    environment["VEXAA_RUN_SPEC"] = jobs::FormatRunSpec(spec);
    environment["VEXAA_OUTCOME_FILE"] = OutcomeFile().string();
    return environment;
  }
  static std::string Uri(const fs::path& path) {
    return jobs::FormatLocation(
        {jobs::Location::Kind::kFile, "", path.string()});
  }
  fs::path OutcomeFile() const { return folder_.path() / "outcome"; }
  jobs::RunOutcome Outcome() const {
    auto outcome = jobs::ParseRunOutcome(ReadFile(OutcomeFile()));
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *outcome : jobs::RunOutcome();
  }
  static void WaitUntilItHangs(const RunnerProcess& process) {
    while (process.Stderr().find("hangs") == std::string::npos)
      std::this_thread::yield();
  }

  TemporaryFolder folder_;
};

TEST_F(StuckRunner, EndsWhenItsDecoderComputesWithoutAResult) {
  RunnerProcess process(folder_.path(), {}, JobHangingBy("computing"));
  EXPECT_EQ(process.Wait(), 65) << process.Stdout();
  const jobs::RunOutcome outcome = Outcome();
  EXPECT_EQ(outcome.reason, Reason::kCorruptInput) << outcome.message;
  EXPECT_THAT(outcome.message, HasSubstr("kept a decoder busy for 60 s"));
  // For the controller to remove.
  ASSERT_THAT(outcome.outputs, SizeIs(1));
  EXPECT_FALSE(outcome.outputs[0].upload_id.empty());
  EXPECT_FALSE(fs::exists(Output()));
}

TEST_F(StuckRunner, EndsAfterSigtermWhenItsDecoderDoesNot) {
  RunnerProcess process(folder_.path(), {}, JobHangingBy("waiting"));
  WaitUntilItHangs(process);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 143) << process.Stdout();
  const jobs::RunOutcome outcome = Outcome();
  EXPECT_EQ(outcome.reason, Reason::kEvicted) << outcome.message;
  ASSERT_THAT(outcome.outputs, SizeIs(1));
  EXPECT_FALSE(outcome.outputs[0].upload_id.empty());
  EXPECT_FALSE(fs::exists(Output()));
}

TEST_F(StuckRunner, EndsByHandAfterSigtermAndNamesWhatItLeaves) {
  RunnerProcess process(
      folder_.path(),
      {"--source", Source().string(), "--output", Output().string()},
      HangingBy("waiting"));
  WaitUntilItHangs(process);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 143);
  EXPECT_THAT(process.Stderr(), HasSubstr("may be left behind"));
  EXPECT_FALSE(fs::exists(Output()));
}

}  // namespace
}  // namespace vexaa::runner

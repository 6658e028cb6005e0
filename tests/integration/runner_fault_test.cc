// The real runner with the fault proxy between it and the S3 server: what
// passes leaves no trace in the result, what does not has its reason.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "lib/base/digest.h"
#include "lib/jobs/run_outcome.h"
#include "lib/jobs/run_spec.h"
#include "tests/integration/runner_process.h"
#include "tests/integration/s3_fault_bench.h"

namespace vexaa::runner {
namespace {

using jobs::Reason;
using proxy::FaultKind;
using proxy::Rule;
using testing::HasSubstr;
using testing::SizeIs;

class RunnerFaults : public objects::S3FaultTest {
 protected:
  // A source of several ranges whose FLAC takes several parts: noise.
  void PutNoise() {
    WriteLongWav(folder_.path() / "long.wav", 0);
    std::string wav = ReadFile(folder_.path() / "long.wav");
    std::string noise = objects::Noise(20'000'000);
    for (size_t at : {size_t{4}, size_t{40}}) {
      size_t bytes = noise.size() + (at == 4 ? 36 : 0);
      for (size_t i = 0; i < 4; ++i)
        wav[at + i] = static_cast<char>(bytes >> (8 * i));
    }
    ASSERT_TRUE(bench_->PutObject("in.wav", wav + noise).ok());
  }

  Environment StoreEnvironment() {
    return {{"AWS_ENDPOINT_URL",
             "http://127.0.0.1:" + std::to_string(proxy_->port())},
            {"VEXAA_ALLOW_HTTP", "true"},
            {"AWS_ACCESS_KEY_ID", std::getenv("VEXAA_TEST_S3_ACCESS_KEY")},
            {"AWS_SECRET_ACCESS_KEY", std::getenv("VEXAA_TEST_S3_SECRET_KEY")}};
  }
  // Runs one job to its end; its exit code.
  int Run(const std::function<void(RunnerProcess&)>& meanwhile =
              [](RunnerProcess&) {}) {
    jobs::RunSpec spec;
    spec.attempt = {jobs::JobId(7), 1};
    spec.token = "7.1.00ff";
    spec.source_uri = Uri("in.wav");
    spec.plan.outputs.push_back({0, jobs::OutputKind::kAudio, Uri("out.flac"),
                                 *jobs::FindBuiltInProfile("flac")});
    Environment environment = StoreEnvironment();
    environment["VEXAA_RUN_SPEC"] = jobs::FormatRunSpec(spec);
    environment["VEXAA_OUTCOME_FILE"] = (folder_.path() / "outcome").string();
    RunnerProcess process(folder_.path(), {}, environment);
    meanwhile(process);
    int code = process.Wait();
    auto outcome = jobs::ParseRunOutcome(ReadFile(folder_.path() / "outcome"));
    EXPECT_TRUE(outcome.ok()) << outcome.status() << process.Stdout();
    if (outcome.ok()) outcome_ = *outcome;
    return code;
  }
  std::string Uri(const std::string& key) {
    return "s3://" + bench_->bucket() + "/" + key;
  }
  void WaitMet(int rule) {
    while (proxy_->MetCount(rule) == 0) std::this_thread::yield();
  }
  size_t OpenUploads() {
    auto open = bench_->store().FindOpen(Path("out.flac"), {});
    EXPECT_TRUE(open.ok()) << open.status();
    return open.ok() ? open->size() : 0;
  }

  TemporaryFolder folder_;
  jobs::RunOutcome outcome_;
};

TEST_F(RunnerFaults, MakesTheSameResultThroughEveryPassingFault) {
  PutNoise();
  ASSERT_EQ(Run(), 0) << outcome_.message;
  ASSERT_THAT(outcome_.outputs, SizeIs(1));
  const jobs::OutputResult calm = outcome_.outputs[0];
  Rule get{.method = "GET", .path = "/in.wav$"};
  get.fault.after = 123'457;
  get.count = 3;
  Disturb(FaultKind::kCut, get);
  Refuse(503, "SlowDown", {.method = "GET", .path = "/in.wav$"});
  Disturb(FaultKind::kReset, {.method = "HEAD"});
  Disturb(FaultKind::kLoseReply, {.method = "PUT"});
  Refuse(500, "InternalError", {.method = "PUT"});
  ASSERT_EQ(Run(), 0) << outcome_.message;
  ASSERT_THAT(outcome_.outputs, SizeIs(1));
  EXPECT_EQ(outcome_.outputs[0].crc32, calm.crc32);
  EXPECT_EQ(outcome_.outputs[0].sha256_parts, calm.sha256_parts);
  EXPECT_EQ(outcome_.outputs[0].bytes, calm.bytes);
  for (const auto& rule : proxy_->State().rules)
    EXPECT_EQ(rule.met, rule.rule.count) << proxy::Describe(rule.rule);
}

TEST_F(RunnerFaults, SaysThatTheSourceChanged) {
  PutNoise();
  int held = Disturb(FaultKind::kHold,
                     {.method = "GET", .path = "/in.wav$", .skip = 2});
  int code = Run([&](RunnerProcess&) {
    WaitMet(held);
    std::cout << "disturbs: replaces the source" << std::endl;
    ASSERT_TRUE(bench_->PutObject("in.wav", "another").ok());
    proxy_->Release(held);
  });
  EXPECT_EQ(code, 75);
  EXPECT_EQ(outcome_.reason, Reason::kInputChanged) << outcome_.message;
  EXPECT_EQ(OpenUploads(), 0u);
}

TEST_F(RunnerFaults, SaysThatTheStorageIsUnavailableWhenItsBudgetIsSpent) {
  PutNoise();
  Disturb(FaultKind::kReset,
          {.method = "GET", .path = "/in.wav$", .skip = 2, .count = -1});
  EXPECT_EQ(Run(), 69);
  EXPECT_EQ(outcome_.reason, Reason::kStorageUnavailable) << outcome_.message;
  EXPECT_THAT(outcome_.message, HasSubstr(Uri("in.wav")));
  EXPECT_EQ(OpenUploads(), 0u);
}

TEST_F(RunnerFaults, SaysThatTheOutputsStorageIsUnavailable) {
  PutNoise();
  Disturb(FaultKind::kReset, {.method = "PUT", .count = -1});
  EXPECT_EQ(Run(), 69);
  EXPECT_EQ(outcome_.reason, Reason::kStorageUnavailable) << outcome_.message;
  EXPECT_THAT(outcome_.message, HasSubstr(Uri("out.flac")));
  EXPECT_EQ(OpenUploads(), 0u);
}

TEST_F(RunnerFaults, SaysThatNobodyListens) {
  proxy_->Refuse(true);
  std::cout << "disturbs: refuses all connections" << std::endl;
  EXPECT_EQ(Run(), 69);
  EXPECT_EQ(outcome_.reason, Reason::kStorageUnavailable) << outcome_.message;
}

TEST_F(RunnerFaults, BlamesTheDeploymentForRefusedCredentials) {
  PutNoise();
  Rule get{.method = "GET", .path = "/in.wav$", .skip = 2, .count = -1};
  Refuse(403, "InvalidAccessKeyId", get);
  EXPECT_EQ(Run(), 78);
  EXPECT_EQ(outcome_.reason, Reason::kInvalidConfig) << outcome_.message;
  EXPECT_EQ(OpenUploads(), 0u);
}

// Of the 20 s that are promised the uploads' removal has 8.
TEST_F(RunnerFaults, EndsInTimeWhenStoppedThoughTheStorageIsSilent) {
  PutNoise();
  const int put = Disturb(FaultKind::kHold, {.method = "PUT", .count = -1});
  Disturb(FaultKind::kHold, {.method = "DELETE", .count = -1});
  std::chrono::steady_clock::time_point stopped;
  int code = Run([&](RunnerProcess& process) {
    WaitMet(put);
    process.Signal(SIGTERM);
    stopped = std::chrono::steady_clock::now();
  });
  EXPECT_LT(std::chrono::steady_clock::now() - stopped,
            std::chrono::seconds(20));
  EXPECT_EQ(code, 143);
  EXPECT_EQ(outcome_.reason, Reason::kEvicted) << outcome_.message;
  ASSERT_THAT(outcome_.outputs, SizeIs(1));
  EXPECT_NE(outcome_.outputs[0].upload_id, "") << "what is left behind";
}

TEST_F(RunnerFaults, NamesWhatItLeavesBehindByHand) {
  PutNoise();
  const int put = Disturb(FaultKind::kHold, {.method = "PUT", .count = -1});
  Disturb(FaultKind::kReset, {.method = "DELETE", .count = -1});
  RunnerProcess process(
      folder_.path(),
      {"--source", Uri("in.wav"), "--output", Uri("out.flac"), "-q"},
      StoreEnvironment());
  WaitMet(put);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 143);
  EXPECT_THAT(process.Stderr(), HasSubstr("may be left behind"));
}

TEST_F(RunnerFaults, GivesUpAProbeAtItsDeadline) {
  PutNoise();
  Disturb(FaultKind::kHold, {.method = "GET", .path = "/in.wav$", .count = -1});
  RunnerProcess process(folder_.path(),
                        {"probe", Uri("in.wav"), "--timeout", "1"},
                        StoreEnvironment());
  EXPECT_EQ(process.Wait(), 143);
  EXPECT_THAT(process.Stderr(), HasSubstr("DeadlineExceeded"));
  EXPECT_THAT(process.Stderr(), HasSubstr("--timeout"));
}

// What HEAD and GET of a key answer, and what it means for a job.
struct Refusal {
  const char* name;
  const char* key;
  int head_status;
  int get_status;
  const char* get_code;
  int exit_code;
  Reason reason;
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << refusal.name;
}

class RunnerRefusals : public RunnerFaults,
                       public testing::WithParamInterface<Refusal> {};

TEST_P(RunnerRefusals, AreBlamedOnWhoCausedThem) {
  const Refusal& refusal = GetParam();
  PutNoise();
  const std::string path = std::string("/") + refusal.key + "$";
  Refuse(refusal.head_status, "",
         {.method = "HEAD", .path = path, .count = -1});
  Refuse(refusal.get_status, refusal.get_code,
         {.method = "GET", .path = path, .count = -1});
  EXPECT_EQ(Run(), refusal.exit_code);
  EXPECT_EQ(outcome_.reason, refusal.reason) << outcome_.message;
  EXPECT_EQ(OpenUploads(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Storage, RunnerRefusals,
    testing::Values(Refusal{"SourceInAnotherRegion", "in.wav", 301, 301,
                            "PermanentRedirect", 78, Reason::kInvalidConfig},
                    Refusal{"SourceSignedForAnotherRegion", "in.wav", 400, 400,
                            "AuthorizationHeaderMalformed", 78,
                            Reason::kInvalidConfig},
                    Refusal{"SourceWithAnExpiredToken", "in.wav", 400, 400,
                            "ExpiredToken", 78, Reason::kInvalidConfig},
                    Refusal{"SourceNotUnderstood", "in.wav", 400, 400, "", 64,
                            Reason::kInvalidJob},
                    Refusal{"SourceNotToBeRead", "in.wav", 403, 403,
                            "AccessDenied", 77, Reason::kInputAccessDenied},
                    Refusal{"OutputInAnotherRegion", "out.flac", 307, 307,
                            "TemporaryRedirect", 78, Reason::kInvalidConfig},
                    Refusal{"OutputWithWrongKeys", "out.flac", 403, 403,
                            "InvalidAccessKeyId", 78, Reason::kInvalidConfig},
                    Refusal{"OutputNotToBeLookedAt", "out.flac", 403, 403,
                            "AccessDenied", 77, Reason::kOutputAccessDenied}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(RunnerFaults, BlamesTheDeploymentForUploadHeadersThatAreRefused) {
  PutNoise();
  Refuse(400, "InvalidStorageClass", {.method = "POST", .count = -1});
  EXPECT_EQ(Run(), 78);
  EXPECT_EQ(outcome_.reason, Reason::kInvalidConfig) << outcome_.message;
  EXPECT_THAT(outcome_.message, HasSubstr("uploadHeaders"));
}

TEST_F(RunnerFaults, LeavesAnUploadItCannotAbortToTheSweeper) {
  PutNoise();
  Disturb(FaultKind::kReset, {.method = "PUT", .count = -1});
  Disturb(FaultKind::kReset, {.method = "DELETE", .count = -1});
  EXPECT_EQ(Run(), 69);
  EXPECT_EQ(outcome_.reason, Reason::kStorageUnavailable) << outcome_.message;
  EXPECT_EQ(OpenUploads(), 1u);  // found by its key, and swept
}

}  // namespace
}  // namespace vexaa::runner

// The real runner with the fault proxy between it and the S3 server: what
// passes leaves no trace in the result, what does not has its reason.
#include <gmock/gmock.h>

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
using testing::IsEmpty;
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

  // Runs one job to its end; its exit code.
  int Run(const std::function<void()>& meanwhile = [] {}) {
    jobs::RunSpec spec;
    spec.attempt = {jobs::JobId(7), 1};
    spec.token = "7.1.00ff";
    spec.source_uri = Uri("in.wav");
    spec.plan.outputs.push_back({0, jobs::OutputKind::kAudio, Uri("out.flac"),
                                 *jobs::FindBuiltInProfile("flac")});
    RunnerProcess process(
        folder_.path(), {},
        {{"VEXAA_RUN_SPEC", jobs::FormatRunSpec(spec)},
         {"VEXAA_OUTCOME_FILE", (folder_.path() / "outcome").string()},
         {"AWS_ENDPOINT_URL",
          "http://127.0.0.1:" + std::to_string(proxy_->port())},
         {"VEXAA_ALLOW_HTTP", "true"},
         {"AWS_ACCESS_KEY_ID", std::getenv("VEXAA_TEST_S3_ACCESS_KEY")},
         {"AWS_SECRET_ACCESS_KEY", std::getenv("VEXAA_TEST_S3_SECRET_KEY")}});
    meanwhile();
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
  int code = Run([&] {
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

// The real program, on a folder and on the S3 server of the test bed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "lib/jobs/location.h"
#include "lib/jobs/run_outcome.h"
#include "lib/jobs/run_spec.h"
#include "lib/objects/folder_store.h"
#include "tests/conformance/object_store_s3_bench.h"
#include "tests/integration/runner_process.h"

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;
using jobs::Reason;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const fs::path kTestdata = VEXAA_TESTDATA;

std::string FileUri(const fs::path& path) {
  return jobs::FormatLocation({jobs::Location::Kind::kFile, "", path.string()});
}

jobs::RunSpec SpecOf(const std::string& source, const std::string& output) {
  jobs::RunSpec spec;
  spec.attempt = {jobs::JobId(7), 1};
  spec.token = "7.1.00ff";
  spec.source_uri = source;
  spec.plan.outputs.push_back({0, jobs::OutputKind::kAudio, output,
                               *jobs::FindBuiltInProfile("mp3-128k")});
  return spec;
}

class RunnerTest : public testing::Test {
 protected:
  fs::path Path(const std::string& name) { return folder_.path() / name; }

  // By hand, without progress.
  int ByHand(std::vector<std::string> flags) {
    flags.push_back("--quiet");
    RunnerProcess process(folder_.path(), flags, {});
    int code = process.Wait();
    stderr_ = process.Stderr();
    return code;
  }

  Environment JobEnvironment(const jobs::RunSpec& spec) {
    return {{"VEXAA_RUN_SPEC", jobs::FormatRunSpec(spec)},
            {"VEXAA_OUTCOME_FILE", Path("outcome").string()},
            {"VEXAA_FOLDER_ROOTS",
             folder_.path().string() + ":" + kTestdata.string()}};
  }

  jobs::RunOutcome Outcome() {
    auto outcome = jobs::ParseRunOutcome(ReadFile(Path("outcome")));
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *outcome : jobs::RunOutcome();
  }

  // Names of the folder's files but those of the test itself.
  std::vector<std::string> Files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      std::string name = entry.path().filename();
      if (name != "stdout" && name != "stderr" && name != "outcome" &&
          !name.ends_with(".wav"))
        names.push_back(name);
    }
    return names;
  }

  TemporaryFolder folder_;
  std::string stderr_;
};

TEST_F(RunnerTest, MakesAnMp3ByHand) {
  const fs::path output = Path("x.mp3");
  ASSERT_EQ(ByHand({"--source", kTestdata / "sample.mp4", "--output", output}),
            0)
      << stderr_;
  EXPECT_THAT(ReadFile(output), StartsWith("ID3"));
  EXPECT_THAT(Files(), testing::ElementsAre("x.mp3"));
  EXPECT_THAT(stderr_, IsEmpty());
}

TEST_F(RunnerTest, ProbesByHand) {
  ASSERT_EQ(ByHand({"probe", kTestdata / "sample.mp4"}), 0) << stderr_;
  EXPECT_THAT(ReadFile(Path("stdout")), testing::HasSubstr("\"h264\""));
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_EQ(ByHand({"probe", kTestdata / "text.mp4"}), 65);
  EXPECT_THAT(stderr_, StartsWith("vexaa-runner: InputUnreadable: "));
  EXPECT_EQ(ByHand({"probe", Path("gone.mp4")}), 66);
}

TEST_F(RunnerTest, SpeaksPlainHttpOnlyWhenTold) {
  RunnerProcess process(
      folder_.path(),
      {"--source", "s3://bucket/in.mp4", "--output", Path("x.mp3")},
      {{"AWS_ENDPOINT_URL", "http://127.0.0.1:1"},
       {"AWS_ACCESS_KEY_ID", "key"},
       {"AWS_SECRET_ACCESS_KEY", "secret"}});
  EXPECT_EQ(process.Wait(), 78);
  EXPECT_THAT(process.Stderr(), HasSubstr("VEXAA_ALLOW_HTTP"));
}

TEST_F(RunnerTest, ReplacesOnlyWhatItMade) {
  const fs::path output = Path("x.mp3");
  const std::vector<std::string> flags = {"--source", kTestdata / "sample.mp4",
                                          "--output", output};
  std::ofstream(output) << "somebody's";
  EXPECT_EQ(ByHand(flags), 65);
  EXPECT_THAT(stderr_, HasSubstr("OutputExists"));
  EXPECT_THAT(stderr_, HasSubstr("--if-exists overwrite"));
  EXPECT_EQ(ReadFile(output), "somebody's");
  std::vector<std::string> forced = flags;
  forced.insert(forced.end(), {"--if-exists", "overwrite"});
  EXPECT_EQ(ByHand(forced), 0) << stderr_;
  EXPECT_EQ(ByHand(flags), 0) << stderr_;
  EXPECT_THAT(Files(), SizeIs(1));
}

TEST_F(RunnerTest, SaysInASentenceWhatIsWrong) {
  struct Row {
    const char* source;
    int code;
    const char* reason;
  };
  for (const Row& row : {Row{"none.mp4", 66, "InputNotFound"},
                         Row{"text.mp4", 65, "InputUnreadable"},
                         Row{"no_sound.mp4", 65, "NoAudioStream"}}) {
    EXPECT_EQ(
        ByHand({"--source", kTestdata / row.source, "--output", Path("x.mp3")}),
        row.code);
    EXPECT_THAT(stderr_, HasSubstr(row.reason));
    EXPECT_THAT(Files(), IsEmpty()) << row.source;
  }
}

TEST_F(RunnerTest, WritesAllProfilesToAPipe) {
  const std::pair<const char*, const char*> kHeads[] = {
      {"mp3-128k", "ID3"}, {"wav", "RIFF"}, {"flac", "fLaC"}};
  for (auto [profile, head] : kHeads) {
    RunnerProcess process(folder_.path(),
                          {"--source", kTestdata / "sample.mp4", "--output",
                           "-", "--profile", profile, "-q"},
                          {});
    EXPECT_EQ(process.Wait(), 0) << process.Stderr();
    EXPECT_THAT(process.Stdout(), StartsWith(head));
    EXPECT_GT(process.Stdout().size(), 100'000u);
  }
}

TEST_F(RunnerTest, StagesAJobAndLeavesPublishingToOthers) {
  const fs::path output = Path("x.mp3");
  const jobs::RunSpec spec =
      SpecOf(FileUri(kTestdata / "sample.mp4"), FileUri(output));
  RunnerProcess process(folder_.path(), {}, JobEnvironment(spec));
  ASSERT_EQ(process.Wait(), 0) << process.Stdout() << process.Stderr();
  EXPECT_FALSE(fs::exists(output));
  const jobs::RunOutcome outcome = Outcome();
  EXPECT_EQ(outcome.reason, Reason::kSucceeded) << outcome.message;
  EXPECT_EQ(outcome.token, spec.token);
  EXPECT_GT(outcome.cpu_ms, 0u);
  ASSERT_THAT(outcome.outputs, SizeIs(1));
  const jobs::OutputResult& staged = outcome.outputs[0];
  objects::FolderStore store({folder_.path().string()});
  auto found = store.Inspect({"", output}, staged.upload_id, {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->digest, staged.parts_digest);
  ASSERT_TRUE(store.Complete({"", output}, staged.upload_id, *found, {}).ok());
  EXPECT_EQ(ReadFile(output).size(), staged.bytes);
  auto head = store.Head({"", output}, {});
  EXPECT_EQ(head->metadata.at("vexaa-token"), spec.token);
}

TEST_F(RunnerTest, StagesEveryKindOfOutput) {
  jobs::RunSpec spec =
      SpecOf(FileUri(kTestdata / "sample.mp4"), FileUri(Path("x.mp3")));
  spec.plan.loudness = true;
  auto add = [&](jobs::OutputKind kind, const std::string& name) {
    jobs::OutputPlan output;
    output.index = static_cast<int>(spec.plan.outputs.size());
    output.kind = kind;
    output.uri = FileUri(Path(name));
    output.profile.name = jobs::OutputKindName(kind);
    spec.plan.outputs.push_back(output);
  };
  add(jobs::OutputKind::kMetadata, "x.json");
  add(jobs::OutputKind::kSilence, "silence.json");
  add(jobs::OutputKind::kThumbnail, "x.jpg");
  RunnerProcess process(folder_.path(), {}, JobEnvironment(spec));
  ASSERT_EQ(process.Wait(), 0) << process.Stdout() << process.Stderr();
  const jobs::RunOutcome outcome = Outcome();
  ASSERT_THAT(outcome.outputs, SizeIs(4));
  ASSERT_TRUE(outcome.outputs[0].loudness);
  EXPECT_NEAR(outcome.outputs[0].loudness->integrated_lufs, -20.2, 0.2);
  objects::FolderStore store({folder_.path().string()});
  const char* kStarts[] = {"ID3", "{", "{", "\xff\xd8\xff"};
  const char* kNames[] = {"x.mp3", "x.json", "silence.json", "x.jpg"};
  for (size_t i = 0; i < 4; ++i) {
    const fs::path output = Path(kNames[i]);
    const jobs::OutputResult& staged = outcome.outputs[i];
    auto found = store.Inspect({"", output}, staged.upload_id, {});
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->digest, staged.parts_digest);
    ASSERT_TRUE(
        store.Complete({"", output}, staged.upload_id, *found, {}).ok());
    EXPECT_EQ(ReadFile(output).size(), staged.bytes);
    EXPECT_THAT(ReadFile(output), StartsWith(kStarts[i]));
  }
}

TEST_F(RunnerTest, EndsAtItsDeadlineAndLeavesNothing) {
  WriteLongWav(Path("long.wav"), 5);
  jobs::RunSpec spec =
      SpecOf(FileUri(Path("long.wav")), FileUri(Path("x.mp3")));
  spec.timeout_seconds = 1;
  RunnerProcess process(folder_.path(), {}, JobEnvironment(spec));
  EXPECT_EQ(process.Wait(), 143);
  EXPECT_EQ(Outcome().reason, Reason::kDeadlineExceeded);
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(RunnerTest, RefusesASpecItCannotRead) {
  RunnerProcess process(folder_.path(), {}, {{"VEXAA_RUN_SPEC", "{}"}});
  EXPECT_EQ(process.Wait(), 64);
  EXPECT_THAT(process.Stderr(), HasSubstr("run spec"));
}

TEST_F(RunnerTest, LeavesAnOutcomeWhenItsSettingsAreWrong) {
  Environment environment = JobEnvironment(
      SpecOf(FileUri(kTestdata / "sample.mp4"), FileUri(Path("x.mp3"))));
  environment["VEXAA_LOG_LEVEL"] = "loud";
  RunnerProcess process(folder_.path(), {}, environment);
  EXPECT_EQ(process.Wait(), 78);
  EXPECT_EQ(Outcome().reason, Reason::kInvalidConfig);
  EXPECT_THAT(Outcome().message, HasSubstr("VEXAA_LOG_LEVEL"));
}

// The same against a real S3 server.
class RunnerS3Test : public RunnerTest {
 protected:
  void SetUp() override {
    bench_ = objects::S3Bench::Make();
    if (!bench_)
      GTEST_SKIP()
          << "VEXAA_TEST_S3_ENDPOINT is not set: ./dev test starts one";
  }

  std::string Uri(const std::string& key) {
    return "s3://" + bench_->bucket() + "/" + key;
  }
  objects::ObjectPath S3Path(const std::string& key) {
    return bench_->Path(key);
  }
  Environment S3Environment(const jobs::RunSpec& spec) {
    Environment environment = JobEnvironment(spec);
    environment["AWS_ENDPOINT_URL"] = std::getenv("VEXAA_TEST_S3_ENDPOINT");
    environment["VEXAA_ALLOW_HTTP"] = "true";
    environment["AWS_ACCESS_KEY_ID"] = std::getenv("VEXAA_TEST_S3_ACCESS_KEY");
    environment["AWS_SECRET_ACCESS_KEY"] =
        std::getenv("VEXAA_TEST_S3_SECRET_KEY");
    return environment;
  }
  size_t OpenUploads(const std::string& key) {
    auto open = bench_->store().FindOpen(S3Path(key), {});
    EXPECT_TRUE(open.ok()) << open.status();
    return open.ok() ? open->size() : 0;
  }
  bool IsThere(const std::string& key) {
    return bench_->store().Head(S3Path(key), {}).ok();
  }
  void PutSample(const std::string& key) {
    ASSERT_TRUE(
        bench_->PutObject(key, ReadFile(kTestdata / "sample.mp4")).ok());
  }

  std::unique_ptr<objects::S3Bench> bench_;
};

TEST_F(RunnerS3Test, StagesAnUploadThatNobodySees) {
  PutSample("in.mp4");
  RunnerProcess process(folder_.path(), {},
                        S3Environment(SpecOf(Uri("in.mp4"), Uri("x.mp3"))));
  ASSERT_EQ(process.Wait(), 0) << process.Stdout() << process.Stderr();
  EXPECT_FALSE(IsThere("x.mp3"));
  const jobs::RunOutcome outcome = Outcome();
  ASSERT_THAT(outcome.outputs, SizeIs(1));
  const jobs::OutputResult& staged = outcome.outputs[0];
  auto open = bench_->store().FindOpen(S3Path("x.mp3"), {});
  ASSERT_TRUE(open.ok());
  ASSERT_THAT(*open, SizeIs(1));
  EXPECT_EQ((*open)[0].upload_id, staged.upload_id);
  auto found = bench_->store().Inspect(S3Path("x.mp3"), staged.upload_id, {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->digest, staged.parts_digest);
  EXPECT_EQ(found->size_bytes, staged.bytes);
  ASSERT_TRUE(bench_->store()
                  .Complete(S3Path("x.mp3"), staged.upload_id, *found, {})
                  .ok());
  EXPECT_TRUE(IsThere("x.mp3"));
}

TEST_F(RunnerS3Test, LeavesNoUploadWhenTerminated) {
  WriteLongWav(Path("long.wav"), 5);
  RunnerProcess process(
      folder_.path(), {},
      S3Environment(SpecOf(FileUri(Path("long.wav")), Uri("x.mp3"))));
  for (int i = 0; i < 2400 && OpenUploads("x.mp3") == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_EQ(OpenUploads("x.mp3"), 1u);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 143);
  EXPECT_EQ(OpenUploads("x.mp3"), 0u);
  EXPECT_FALSE(IsThere("x.mp3"));
  const jobs::RunOutcome outcome = Outcome();
  EXPECT_EQ(outcome.reason, Reason::kEvicted);
  EXPECT_THAT(outcome.outputs, IsEmpty());
}

TEST_F(RunnerS3Test, LeavesSomebodyElsesObjectAlone) {
  PutSample("in.mp4");
  ASSERT_TRUE(bench_->PutObject("x.mp3", "theirs").ok());
  RunnerProcess process(folder_.path(), {},
                        S3Environment(SpecOf(Uri("in.mp4"), Uri("x.mp3"))));
  EXPECT_EQ(process.Wait(), 65);
  EXPECT_EQ(Outcome().reason, Reason::kOutputExists);
  EXPECT_EQ(OpenUploads("x.mp3"), 0u);
}

TEST_F(RunnerS3Test, SaysThatAnObjectIsMissing) {
  RunnerProcess process(folder_.path(), {},
                        S3Environment(SpecOf(Uri("none.mp4"), Uri("x.mp3"))));
  EXPECT_EQ(process.Wait(), 66);
  EXPECT_EQ(Outcome().reason, Reason::kInputNotFound);
}

TEST_F(RunnerS3Test, BlamesTheDeploymentForAWrongSecret) {
  PutSample("in.mp4");
  Environment environment = S3Environment(SpecOf(Uri("in.mp4"), Uri("x.mp3")));
  environment["AWS_SECRET_ACCESS_KEY"] = "wrong";
  RunnerProcess process(folder_.path(), {}, environment);
  EXPECT_EQ(process.Wait(), 78);
  EXPECT_EQ(Outcome().reason, Reason::kInvalidConfig);
}

TEST_F(RunnerS3Test, PublishesByHand) {
  PutSample("in.mp4");
  Environment environment = S3Environment(SpecOf("", ""));
  environment.erase("VEXAA_RUN_SPEC");
  RunnerProcess process(
      folder_.path(),
      {"--source", Uri("in.mp4"), "--output", Uri("x.flac"), "-q"},
      environment);
  ASSERT_EQ(process.Wait(), 0) << process.Stderr();
  EXPECT_TRUE(IsThere("x.flac"));
  EXPECT_EQ(OpenUploads("x.flac"), 0u);
}

TEST_F(RunnerS3Test, GivesACopyTheTypeOfWhatItIs) {
  PutSample("in.mp4");
  Environment environment = S3Environment(SpecOf("", ""));
  environment.erase("VEXAA_RUN_SPEC");
  RunnerProcess process(folder_.path(),
                        {"--source", Uri("in.mp4"), "--output", Uri("sound"),
                         "--profile", "copy", "-q"},
                        environment);
  ASSERT_EQ(process.Wait(), 0) << process.Stderr();
  EXPECT_EQ(bench_->ContentType("sound").value(), "audio/mp4");
}

}  // namespace
}  // namespace vexaa::runner

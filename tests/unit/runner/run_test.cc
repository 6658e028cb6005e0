#include "runner/run.h"

#include <gtest/gtest.h>

#include <sstream>

#include "lib/jobs/reason.h"
#include "tests/fakes/manual_clock.h"

namespace vexaa::runner {
namespace {

using base::Code;
using base::Status;
using jobs::Reason;

// What happened to a target, and what it is told to answer.
struct Script {
  Status open, seal, publish, abort;
  base::Result<std::optional<uint64_t>> kept = std::optional<uint64_t>();
  std::vector<std::string> calls;
  std::string content_type;
};

class StubTarget final : public OutputTarget, private media::OutputSink {
 public:
  explicit StubTarget(Script& script) : script_(script) {}
  base::Result<std::optional<uint64_t>> KeptBytes(std::stop_token) override {
    if (!script_.kept.ok()) return script_.kept.status();
    return *script_.kept;
  }
  Status Open(std::string_view content_type, uint64_t,
              std::stop_token) override {
    script_.content_type = content_type;
    if (script_.open.ok()) upload_ = "upload-1";
    return Note("open", script_.open);
  }
  media::OutputSink& sink() override { return *this; }
  Status Seal(jobs::OutputResult& result) override {
    result.upload_id = upload_;
    result.part_count = 1;
    return Note("seal", script_.seal);
  }
  Status Publish(const jobs::OutputResult&, std::stop_token) override {
    return Note("publish", script_.publish);
  }
  std::string open_upload() const override { return upload_; }
  Status Abort(std::stop_token) override {
    return Note("abort", script_.abort);
  }

 private:
  Status Note(const char* call, const Status& status) {
    script_.calls.push_back(call);
    return status;
  }
  size_t head_bytes() const override { return 0; }
  Status Write(std::span<const std::byte>) override { return Status::Ok(); }
  Status Finish(std::span<const std::byte>) override { return Status::Ok(); }

  Script& script_;
  std::string upload_;
};

class StubSource final : public base::ByteSource {
 public:
  base::Result<size_t> Read(std::span<std::byte>) override { return 0; }
  Status Seek(uint64_t) override { return Status::Ok(); }
  uint64_t offset() const override { return 0; }
  uint64_t size() const override { return 1000; }
};

class RunTest : public ::testing::Test {
 protected:
  RunTest() {
    spec_.attempt = {jobs::JobId(7), 1};
    spec_.token = "7.1.abc";
    spec_.source_uri = "s3://in/a.mp4";
    spec_.plan.outputs.push_back({0, jobs::OutputKind::kAudio, "s3://out/a.mp3",
                                  *jobs::FindBuiltInProfile("mp3-128k")});
    seams_.open_source = [](const std::string&, std::stop_token) {
      return OpenedSource{std::make_unique<StubSource>(), "etag-1",
                          [] { return uint64_t{990}; }};
    };
    seams_.make_target = [this](const jobs::OutputPlan&)
        -> base::Result<std::unique_ptr<OutputTarget>> {
      return std::unique_ptr<OutputTarget>(new StubTarget(script_));
    };
    seams_.make_audio = [](base::ByteSource&, const PipelineRequest& request,
                           const ProgressCallback& tell,
                           std::stop_token) -> base::Result<PipelineReport> {
      RETURN_IF_ERROR(OpenAll(request));
      tell({.percent = 50, .bytes_read = 900});
      PipelineReport report;
      report.source.bytes_read = 990;
      for (const OutputRequest& output : request.outputs) {
        OutputReport& made = report.outputs.emplace_back();
        made.index = output.plan.index;
        made.samples = 44100;
        made.duration_ms = 1000;
        made.bytes = 16000;
      }
      return report;
    };
  }

  static Status OpenAll(const PipelineRequest& request) {
    for (const OutputRequest& output : request.outputs)
      RETURN_IF_ERROR(output.open("audio/mpeg").status());
    return Status::Ok();
  }

  void FailAudio(Status status) {
    seams_.make_audio = [status](base::ByteSource&,
                                 const PipelineRequest& request,
                                 auto&&...) -> base::Result<PipelineReport> {
      RETURN_IF_ERROR(OpenAll(request));
      return status;
    };
  }

  jobs::RunOutcome Execute(PublishMode mode = PublishMode::kStageOnly) {
    RunStop stop(signal_.get_token(), std::chrono::seconds(0), clock_);
    runner::Run run(spec_, mode, seams_, clock_, log_, board_, uploads_);
    return run.Execute(stop);
  }

  using Calls = std::vector<std::string>;

  base::ManualClock clock_;
  std::ostringstream log_text_;
  base::Logger log_{log_text_, base::LogFormat::kJson, base::LogLevel::kDebug,
                    clock_};
  ProgressBoard board_;
  OpenUploads uploads_;
  std::stop_source signal_;
  jobs::RunSpec spec_;
  RunSeams seams_;
  Script script_;
};

TEST_F(RunTest, StagesAndNeverPublishesAJob) {
  jobs::RunOutcome outcome = Execute();
  EXPECT_EQ(outcome.reason, Reason::kSucceeded) << outcome.message;
  EXPECT_EQ(script_.calls, (Calls{"open", "seal"}));
  EXPECT_EQ(script_.content_type, "audio/mpeg");
  EXPECT_EQ(outcome.token, "7.1.abc");
  EXPECT_EQ(outcome.source_etag, "etag-1");
  EXPECT_EQ(outcome.source_bytes, 1000u);
  EXPECT_EQ(outcome.bytes_read, 990u);
  EXPECT_EQ(outcome.media_ms, 1000u);
  EXPECT_GT(outcome.peak_rss_bytes, 0u);
  ASSERT_EQ(outcome.outputs.size(), 1u);
  EXPECT_EQ(outcome.outputs[0].upload_id, "upload-1");
  EXPECT_EQ(outcome.outputs[0].samples, 44100u);
  EXPECT_EQ(board_.Get().percent, 100);
}

TEST_F(RunTest, PublishesByHand) {
  EXPECT_EQ(Execute(PublishMode::kPublish).reason, Reason::kSucceeded);
  EXPECT_EQ(script_.calls, (Calls{"open", "seal", "publish"}));
  EXPECT_TRUE(uploads_.List().empty());
}

TEST_F(RunTest, OpensNoUploadWithoutASource) {
  seams_.open_source = [](const std::string&,
                          std::stop_token) -> base::Result<OpenedSource> {
    return jobs::Fail(Reason::kInputNotFound, "there is no object");
  };
  jobs::RunOutcome outcome = Execute();
  EXPECT_EQ(outcome.reason, Reason::kInputNotFound);
  EXPECT_EQ(outcome.message, "there is no object");
  EXPECT_TRUE(script_.calls.empty());
}

TEST_F(RunTest, AbortsNothingWhenTheOutputIsRefused) {
  script_.open = jobs::Fail(Reason::kOutputExists, "exists");
  EXPECT_EQ(Execute().reason, Reason::kOutputExists);
  EXPECT_EQ(script_.calls, (Calls{"open"}));
}

TEST_F(RunTest, AbortsItsUploadWhenTheAudioFails) {
  FailAudio(jobs::Fail(Reason::kNoAudioStream, "no sound"));
  jobs::RunOutcome outcome = Execute();
  EXPECT_EQ(outcome.reason, Reason::kNoAudioStream);
  EXPECT_EQ(script_.calls, (Calls{"open", "abort"}));
  EXPECT_TRUE(outcome.outputs.empty());
}

TEST_F(RunTest, NamesTheUploadItCouldNotAbort) {
  FailAudio(jobs::Fail(Reason::kCorruptInput, "broken"));
  script_.abort = Status(Code::kUnavailable, "no answer");
  jobs::RunOutcome outcome = Execute();
  ASSERT_EQ(outcome.outputs.size(), 1u);
  EXPECT_EQ(outcome.outputs[0].upload_id, "upload-1");
  EXPECT_EQ(outcome.outputs[0].part_count, 0);
}

TEST_F(RunTest, AbortsWhatCannotBeSealed) {
  script_.seal = jobs::Fail(Reason::kStorageUnavailable, "no answer");
  EXPECT_EQ(Execute().reason, Reason::kStorageUnavailable);
  EXPECT_EQ(script_.calls, (Calls{"open", "seal", "abort"}));
}

TEST_F(RunTest, CallsAnErrorWithoutAReasonInternal) {
  FailAudio(Status(Code::kUnavailable, "odd", "SomeCode"));
  jobs::RunOutcome outcome = Execute();
  EXPECT_EQ(outcome.reason, Reason::kInternal);
  EXPECT_NE(outcome.message.find("odd"), std::string::npos);
}

TEST_F(RunTest, CallsAStopAnEvictionWhateverTheStageSays) {
  seams_.make_audio = [this](base::ByteSource&, const PipelineRequest& request,
                             auto&&...) -> base::Result<PipelineReport> {
    RETURN_IF_ERROR(OpenAll(request));
    signal_.request_stop();
    return jobs::Fail(Reason::kCorruptInput, "cut off");
  };
  jobs::RunOutcome outcome = Execute();
  EXPECT_EQ(outcome.reason, Reason::kEvicted);
  EXPECT_EQ(script_.calls, (Calls{"open", "abort"}));
  EXPECT_EQ(jobs::ExitCodeFor(outcome.reason), base::ExitCode::kStopped);
}

TEST_F(RunTest, AbortsNothingWhenTheStopCameAfterTheSeal) {
  seams_.make_target = [this](const jobs::OutputPlan&)
      -> base::Result<std::unique_ptr<OutputTarget>> {
    return std::unique_ptr<OutputTarget>(new StubTarget(script_));
  };
  auto make = seams_.make_audio;
  seams_.make_audio = [this, make](auto& source, auto& request, auto& tell,
                                   auto stop) {
    auto made = make(source, request, tell, stop);
    signal_.request_stop();  // the last stage does not look any more
    return made;
  };
  EXPECT_EQ(Execute().reason, Reason::kSucceeded);
  EXPECT_EQ(script_.calls, (Calls{"open", "seal"}));
}

TEST_F(RunTest, ReadsNothingWhenEveryOutputIsKept) {
  script_.kept = std::optional<uint64_t>(4711);
  seams_.open_source = [](const std::string&,
                          std::stop_token) -> base::Result<OpenedSource> {
    return jobs::Fail(Reason::kInternal, "was opened");
  };
  jobs::RunOutcome outcome = Execute();
  EXPECT_EQ(outcome.reason, Reason::kSucceeded) << outcome.message;
  EXPECT_TRUE(script_.calls.empty());
  ASSERT_EQ(outcome.outputs.size(), 1u);
  EXPECT_TRUE(outcome.outputs[0].skipped);
  EXPECT_EQ(outcome.outputs[0].bytes, 4711u);
  EXPECT_EQ(outcome.message, "nothing was made: 1 earlier result kept");
}

TEST_F(RunTest, EndsWhenNobodyKnowsWhatIsThere) {
  script_.kept = jobs::Fail(Reason::kStorageUnavailable, "no answer");
  EXPECT_EQ(Execute().reason, Reason::kStorageUnavailable);
  EXPECT_TRUE(script_.calls.empty());
}

TEST_F(RunTest, LeavesOutWhatTheSourceDoesNotHave) {
  auto plan = spec_.plan.outputs[0];
  plan.index = 1;
  spec_.plan.outputs.push_back(plan);
  auto make = seams_.make_audio;
  seams_.make_audio = [make](auto& source, const PipelineRequest& request,
                             auto& tell, auto stop) {
    PipelineRequest first = request;
    first.outputs.resize(1);
    return make(source, first, tell, stop);
  };
  jobs::RunOutcome outcome = Execute();
  EXPECT_EQ(outcome.reason, Reason::kSucceeded) << outcome.message;
  EXPECT_EQ(outcome.outputs.size(), 1u);
  EXPECT_EQ(script_.calls, (Calls{"open", "seal"}));
}

TEST_F(RunTest, AbortsAllOutputsWhenOneFails) {
  spec_.plan.outputs.push_back({1, jobs::OutputKind::kAudio, "s3://out/a.wav",
                                *jobs::FindBuiltInProfile("wav")});
  FailAudio(jobs::Fail(Reason::kCorruptInput, "broken"));
  Execute();
  EXPECT_EQ(script_.calls, (Calls{"open", "open", "abort", "abort"}));
}

}  // namespace
}  // namespace vexaa::runner

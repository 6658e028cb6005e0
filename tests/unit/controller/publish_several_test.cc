// A job of two outputs of which the second one cannot be published: its upload
// is gone, and storage says 500 to that.
#include <gtest/gtest.h>

#include <string>

#include "lib/objects/output_identity.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using jobs::JobState;
using objects::ObjectPath;
using objects::Verb;

const ObjectPath kSecond{"videos", "audio/talk.mp4/wav.wav"};

class TwoOutputs : public ::testing::TestWithParam<const char*> {
 protected:
  void Submit() {
    id_ = world_.Submit(std::string(R"({"outputs":[{"profile":"wav"}],)") +
                        R"("if_exists":")" + GetParam() + "\"}");
    me_.Claim();
    me_.Settle(id_);
  }

  // Both are staged, with the identities that a runner gives them.
  void FinishPod(const std::string& content) {
    const jobs::Job job = world_.Row(id_);
    token_ = jobs::AttemptToken(job);
    auto plan = jobs::ParsePlan(job.plan);
    ASSERT_TRUE(plan.ok()) << plan.status();
    jobs::RunOutcome outcome;
    for (const jobs::OutputPlan& output : plan->outputs) {
      const ObjectPath& path = output.index == 0 ? kOutput : kSecond;
      auto existing = world_.objects.Head(path, {});
      objects::OutputIdentity identity = objects::IdentityOf(
          jobs::AttemptToken(job), job.source_uri, output.profile.name,
          jobs::OutputFingerprint(output, plan->clip));
      // As the runner looks before it stages.
      base::Status free = objects::CheckExisting(
          existing.ok() ? std::optional(*existing) : std::nullopt, identity,
          objects::OverwriteFor(plan->if_exists), output.uri);
      ASSERT_TRUE(free.ok()) << free;
      outcome = Merge(std::move(outcome), job, output, path, identity, content);
    }
    world_.pods.SetOver(
        jobs::PodNameFor(job.attempt_id()), kube::PodPhase::kSucceeded,
        {.exit_code = 0, .message = jobs::FormatRunOutcome(outcome)});
  }

  jobs::RunOutcome Merge(jobs::RunOutcome outcome, const jobs::Job& job,
                         const jobs::OutputPlan& output, const ObjectPath& path,
                         const objects::OutputIdentity& identity,
                         const std::string& content) {
    auto upload =
        world_.objects.Stage(path,
                             {.content_type = "audio/mpeg",
                              .metadata = objects::MetadataOf(identity),
                              .stage_name = identity.token},
                             {});
    auto part = world_.objects.PutPart(path, *upload, 1, 8 << 20,
                                       base::AsBytes(content), {});
    auto staged = world_.objects.Seal(path, *upload, {*part});
    outcome.attempt = job.attempt_id();
    outcome.token = identity.token;
    outcome.reason = jobs::Reason::kSucceeded;
    outcome.outputs.push_back({.index = output.index,
                               .upload_id = *upload,
                               .part_count = staged->part_count,
                               .bytes = staged->size_bytes,
                               .parts_digest = staged->digest});
    return outcome;
  }

  // Just before its Complete the second upload disappears; the answer is 500.
  void LoseSecondUpload() {
    world_.objects.OnCall([this](Verb verb, const ObjectPath& path) {
      if (verb != Verb::kComplete || path.key != kSecond.key || lost_) return;
      lost_ = true;
      auto open = world_.objects.FindOpen(path, {});
      for (const auto& upload : *open)
        (void)world_.objects.Abort(path, upload.upload_id, {});
      world_.objects.Fail(Verb::kComplete,
                          base::Status(base::Code::kUnavailable, "500"));
    });
  }

  std::string TokenOf(const ObjectPath& path) {
    auto info = world_.objects.Head(path, {});
    return info.ok() ? info->metadata.at(objects::kTokenKey) : "";
  }

  World world_;
  OneController me_{world_};
  jobs::JobId id_;
  std::string token_;  // of the attempt that staged last
  bool lost_ = false;
};

TEST_P(TwoOutputs, ArePublishedByTheNextAttemptWhenTheSecondUploadIsLost) {
  Submit();
  FinishPod("first");
  LoseSecondUpload();
  me_.Settle(id_);
  EXPECT_TRUE(lost_);
  // The first one is visible; the job is not done.
  EXPECT_EQ(world_.Row(id_).state, JobState::kScheduled) << me_.lines.str();
  EXPECT_EQ(world_.objects.Get(kOutput), "first");
  EXPECT_FALSE(world_.objects.Get(kSecond));

  world_.clock.Advance(1min);
  EXPECT_EQ(*world_.store.PromoteDue(10), 1);
  me_.Claim();
  me_.Settle(id_);
  ASSERT_EQ(world_.Row(id_).attempt, 2);
  FinishPod("second");
  me_.Settle(id_);
  EXPECT_EQ(world_.Row(id_).state, JobState::kSucceeded) << me_.lines.str();
  // Both are of one attempt, and nothing is left behind.
  for (const ObjectPath& path : {kOutput, kSecond}) {
    EXPECT_EQ(world_.objects.Get(path), "second");
    EXPECT_EQ(TokenOf(path), token_);
  }
  EXPECT_EQ(world_.objects.open_upload_count(), 0u);
}

INSTANTIATE_TEST_SUITE_P(IfExists, TwoOutputs,
                         testing::Values("replace", "fail"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace vexaa::controller

#include "controller/publisher.h"

#include <gtest/gtest.h>

#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Status;
using objects::Verb;

// A row in `publishing` with its upload staged.
class PublisherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    id_ = world_.Submit();
    me_.Claim();
    me_.reconciler.Reconcile(id_, {});
    outcome_ = world_.Stage(world_.Row(id_));
    ASSERT_TRUE(*world_.store.BeginPublish(world_.Row(id_).attempt_id(), "me",
                                           outcome_));
  }

  PublishVerdict Try() { return TryAs(me_); }
  PublishVerdict TryAs(OneController& one) {
    return one.publisher
        .Try(world_.Row(id_), *world_.store.ReadOutputs(id_),
             world_.clock.Elapsed(), {})
        .verdict;
  }

  World world_;
  OneController me_{world_};
  jobs::JobId id_;
  jobs::RunOutcome outcome_;
};

TEST_F(PublisherTest, MakesTheStagedUploadVisible) {
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_EQ(world_.objects.Get(kOutput), "audio");
}

TEST_F(PublisherTest, SendsNoSecondCompleteForWhatIsVisible) {
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_EQ(world_.objects.Count(Verb::kComplete), 1);
}

TEST_F(PublisherTest, LooksNoMoreAfterACompleteThatProvesItself) {
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_EQ(world_.objects.Count(Verb::kHead), 1);
}

TEST_F(PublisherTest, LooksAgainAfterACompleteThatProvesNothing) {
  world_.objects.Fail(
      Verb::kComplete,
      Status(Code::kUnavailable, "another ETag", objects::kUnproven), 1,
      objects::FailWhen::kAfter);
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_EQ(world_.objects.Count(Verb::kHead), 2);
  EXPECT_EQ(world_.objects.Count(Verb::kComplete), 1);
}

TEST_F(PublisherTest, DoesNothingForARowThatAnotherHolds) {
  OneController other(world_, "other");
  EXPECT_EQ(TryAs(other), PublishVerdict::kNotOurs);
  EXPECT_EQ(world_.objects.Count(Verb::kComplete), 0);
}

TEST_F(PublisherTest, TakesOverARowThatItsPublisherLeftForAMinute) {
  OneController other(world_, "other");
  world_.clock.Advance(61s);
  EXPECT_EQ(TryAs(other), PublishVerdict::kDone);
}

TEST_F(PublisherTest, ComesAgainWhenStorageDoesNotAnswer) {
  for (Verb verb : {Verb::kHead, Verb::kComplete}) {
    world_.objects.Fail(verb, Status(Code::kUnavailable, "503"));
    EXPECT_EQ(Try(), PublishVerdict::kAgain);
  }
  EXPECT_EQ(Try(), PublishVerdict::kDone);
}

TEST_F(PublisherTest, LeavesARowWhoseStoreItDoesNotKnowToOthers) {
  const objects::StoreSet none;
  Publisher publisher(world_.store, none, world_.clock, me_.log, "other");
  world_.clock.Advance(61s);  // it might take the row over
  auto result = publisher.Try(world_.Row(id_), *world_.store.ReadOutputs(id_),
                              world_.clock.Elapsed(), {});
  EXPECT_EQ(result.verdict, PublishVerdict::kAgain);
  EXPECT_NE(result.message.find("not served here"), std::string::npos)
      << result.message;
  EXPECT_EQ(world_.Row(id_).publisher, "me");
  EXPECT_EQ(Try(), PublishVerdict::kDone);
}

TEST_F(PublisherTest, DoesNotPublishWhatIsNotWhatTheRunnerReported) {
  auto changed = world_.objects.PutPart(kOutput, outcome_.outputs[0].upload_id,
                                        1, 8 << 20, base::AsBytes("other"), {});
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(Try(), PublishVerdict::kStagedLost);
  EXPECT_FALSE(world_.objects.Get(kOutput));
}

TEST_F(PublisherTest, DoesNotPublishOverSomebodyElsesObject) {
  world_.objects.Put(kOutput, "precious");
  EXPECT_EQ(Try(), PublishVerdict::kOccupied);
  EXPECT_EQ(world_.objects.Get(kOutput), "precious");
}

TEST_F(PublisherTest, HasTheJobRunAgainWhenTheUploadIsGone) {
  ASSERT_TRUE(
      world_.objects.Abort(kOutput, outcome_.outputs[0].upload_id, {}).ok());
  EXPECT_EQ(Try(), PublishVerdict::kStagedLost);
}

TEST_F(PublisherTest, IsDoneWhenAnEarlierCompleteOfItsOwnWonTheRace) {
  world_.objects.OnCall([&](Verb verb, const objects::ObjectPath&) {
    if (verb != Verb::kComplete) return;
    world_.objects.OnCall({});
    const jobs::OutputResult& output = outcome_.outputs[0];
    (void)world_.objects.Complete(
        kOutput, output.upload_id,
        {output.part_count, output.bytes, output.parts_digest}, {});
  });
  EXPECT_EQ(Try(), PublishVerdict::kDone);
}

TEST_F(PublisherTest, TakesNoHoldThatTheRowShowsAlready) {
  auto held = world_.Row(id_).publish_sent_at;
  world_.clock.Advance(5s);
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_EQ(world_.Row(id_).publish_sent_at, held);
}

TEST_F(PublisherTest, RenewsAHoldThatIsNotFresh) {
  auto held = world_.Row(id_).publish_sent_at;
  world_.clock.Advance(6s);
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_GT(world_.Row(id_).publish_sent_at, held);
}

TEST_F(PublisherTest, RenewsItsHoldBeforeALateComplete) {
  // The look took so long that another controller took hold meanwhile.
  world_.objects.OnCall([&](Verb verb, const objects::ObjectPath&) {
    if (verb != Verb::kHead) return;
    world_.clock.Advance(61s);
    (void)world_.store.HoldPublish(world_.Row(id_).attempt_id(), "other");
  });
  EXPECT_EQ(Try(), PublishVerdict::kNotOurs);
  EXPECT_EQ(world_.objects.Count(Verb::kComplete), 0);
}

// A row in `publishing` whose runner kept an earlier result.
class KeptResult : public ::testing::Test {
 protected:
  void SetUp() override {
    id_ = world_.Submit(R"({"if_exists": "skip"})");
    me_.Claim();
    me_.reconciler.Reconcile(id_, {});
    jobs::RunOutcome outcome;
    jobs::OutputResult& result = outcome.outputs.emplace_back();
    result.bytes = 5;
    result.skipped = true;
    ASSERT_TRUE(*world_.store.BeginPublish(world_.Row(id_).attempt_id(), "me",
                                           outcome));
  }
  void Put(const std::string& source) {
    auto plan = jobs::ParsePlan(world_.Row(id_).plan);
    ASSERT_TRUE(plan.ok());
    world_.objects.Put(
        kOutput, "audio",
        objects::MetadataOf(objects::IdentityOf(
            "1.1.old", source, "mp3-128k",
            jobs::OutputFingerprint(plan->outputs[0], plan->clip))));
  }
  PublishVerdict Try() { return TryAs(me_); }
  PublishVerdict TryAs(OneController& one) {
    return one.publisher
        .Try(world_.Row(id_), *world_.store.ReadOutputs(id_),
             world_.clock.Elapsed(), {})
        .verdict;
  }

  World world_;
  OneController me_{world_};
  jobs::JobId id_;
};

TEST_F(KeptResult, IsDoneWhenItIsReallyThere) {
  Put(kSource);
  EXPECT_EQ(Try(), PublishVerdict::kDone);
  EXPECT_EQ(world_.objects.Count(Verb::kComplete), 0);
}

TEST_F(KeptResult, IsMadeAfterAllWhenItIsGoneOrAnother) {
  EXPECT_EQ(Try(), PublishVerdict::kStagedLost);
  Put("s3://videos/other.mp4");
  EXPECT_EQ(Try(), PublishVerdict::kStagedLost);
}

}  // namespace
}  // namespace vexaa::controller

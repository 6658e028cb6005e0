#include "runner/publish.h"

#include <gtest/gtest.h>

#include "lib/base/digest.h"
#include "lib/jobs/reason.h"
#include "tests/fakes/fake_object_store.h"

namespace vexaa::runner {
namespace {

using base::Code;
using base::Status;
using jobs::Reason;
using objects::FailWhen;
using objects::Verb;

// Sleeps take no time.
class HastyClock final : public base::Clock {
 public:
  base::Time Now() const override { return {}; }
  base::Duration Elapsed() const override { return {}; }
  bool Sleep(base::Duration, std::stop_token stop) override {
    ++sleeps;
    return !stop.stop_requested();
  }
  int sleeps = 0;
};

class PublishTest : public ::testing::Test {
 protected:
  PublishTest() {
    upload_.path = {"out", "a.mp3"};
    upload_.uri = "s3://out/a.mp3";
    upload_.identity = objects::IdentityOf("hand.1", "s3://in/a", "mp3-128k");
    auto id = store_.Stage(
        upload_.path, {"audio/mpeg", MetadataOf(upload_.identity), "x"}, {});
    upload_.upload_id = *id;
    auto part = store_.PutPart(upload_.path, *id, 1, 8 << 20,
                               base::AsBytes("audio"), {});
    upload_.staged = *store_.Seal(upload_.path, *id, {*part});
  }

  Status Publish() {
    return PublishUpload(store_, upload_, clock_, {}, complete_sent_);
  }

  objects::FakeObjectStore store_;
  HastyClock clock_;
  StagedUpload upload_;
  bool complete_sent_ = false;
};

TEST_F(PublishTest, MakesTheObjectVisibleOnce) {
  EXPECT_TRUE(Publish().ok());
  EXPECT_EQ(store_.Get(upload_.path), "audio");
  EXPECT_EQ(store_.Count(Verb::kComplete), 1);
  EXPECT_EQ(store_.open_upload_count(), 0u);
}

TEST_F(PublishTest, LooksBeforeItRepeatsALostAnswer) {
  store_.Fail(Verb::kComplete, Status(Code::kUnavailable, "cut"), 1,
              FailWhen::kAfter);
  EXPECT_TRUE(Publish().ok());
  EXPECT_EQ(store_.Count(Verb::kComplete), 1);
}

TEST_F(PublishTest, LooksAtOnceAfterACompleteThatProvesNothing) {
  store_.Fail(Verb::kComplete,
              Status(Code::kUnavailable, "another ETag", objects::kUnproven), 1,
              FailWhen::kAfter);
  EXPECT_TRUE(Publish().ok());
  EXPECT_EQ(clock_.sleeps, 0);
  EXPECT_EQ(store_.Count(Verb::kComplete), 1);
}

TEST_F(PublishTest, RepeatsACompleteThatDidNothing) {
  store_.Fail(Verb::kComplete, Status(Code::kUnavailable, "cut"));
  EXPECT_TRUE(Publish().ok());
  EXPECT_EQ(store_.Get(upload_.path), "audio");
}

TEST_F(PublishTest, GivesUpAndRemembersThatCompleteWasSent) {
  store_.Fail(Verb::kComplete, Status(Code::kUnavailable, "down"), 100);
  EXPECT_EQ(jobs::ReasonOf(Publish()), Reason::kStorageUnavailable);
  EXPECT_TRUE(complete_sent_);
}

TEST_F(PublishTest, LeavesSomebodyElsesObjectAlone) {
  store_.Put(upload_.path, "theirs");
  EXPECT_EQ(jobs::ReasonOf(Publish()), Reason::kOutputExists);
  EXPECT_EQ(store_.Get(upload_.path), "theirs");
  EXPECT_FALSE(complete_sent_);
}

TEST_F(PublishTest, ReplacesAnythingWhenAskedTo) {
  upload_.overwrite = objects::Overwrite::kAnything;
  store_.Put(upload_.path, "theirs");
  EXPECT_TRUE(Publish().ok());
  EXPECT_EQ(store_.Get(upload_.path), "audio");
}

TEST_F(PublishTest, SaysWhenTheUploadWasRemoved) {
  ASSERT_TRUE(store_.Abort(upload_.path, upload_.upload_id, {}).ok());
  Status published = Publish();
  EXPECT_EQ(jobs::ReasonOf(published), Reason::kStorageUnavailable);
  EXPECT_NE(published.message().find("vanished"), std::string::npos);
}

}  // namespace
}  // namespace vexaa::runner

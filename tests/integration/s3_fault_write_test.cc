// The writing and publishing rows of the S3 fault matrix, against a real S3
// server.
#include <gmock/gmock.h>

#include <thread>

#include "lib/base/digest.h"
#include "lib/objects/object_writer.h"
#include "lib/objects/output_identity.h"
#include "tests/integration/s3_fault_bench.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;
using proxy::FaultKind;
using proxy::Rule;
using proxy::Way;
using testing::SizeIs;

constexpr uint64_t kPart = 5 << 20;

class S3WriteFaults : public S3FaultTest {
 protected:
  void SetUp() override {
    S3FaultTest::SetUp();
    if (IsSkipped()) return;
    content_ = Noise(kPart + 300'000);
    auto upload = Stage("out");
    ASSERT_TRUE(upload.ok()) << upload.status();
    upload_ = *upload;
    put_.method = "PUT";
    complete_.method = "POST";
    complete_.path = "uploadId=";
  }
  // Writes content_ in two parts, the first last.
  Result<WrittenObject> Write() {
    ObjectWriter writer(store(), Path("out"), upload_, {.part_bytes = kPart},
                        {});
    auto bytes = base::AsBytes(content_);
    RETURN_IF_ERROR(writer.Append(bytes.subspan(kPart)));
    RETURN_IF_ERROR(writer.FinishWithHead(bytes.first(kPart)));
    return writer.Seal();
  }
  void ExpectStagedTwice(int puts) {
    auto written = Write();
    ASSERT_TRUE(written.ok()) << written.status();
    auto staged = Staged("out", upload_);
    ASSERT_TRUE(staged.ok()) << staged.status();
    EXPECT_EQ(*staged, written->staged);
    EXPECT_EQ(staged->part_count, 2);
    EXPECT_EQ(staged->size_bytes, content_.size());
    EXPECT_THAT(Requests("PUT"), SizeIs(puts));
  }
  // An upload that is ready to be published.
  StagedObject Ready() {
    auto written = Write();
    EXPECT_TRUE(written.ok()) << written.status();
    return written.ok() ? written->staged : StagedObject();
  }
  Status Complete(const StagedObject& staged) {
    return store().Complete(Path("out"), upload_, staged, {});
  }
  uint64_t PublishedBytes() {
    auto head = bench_->store().Head(Path("out"), {});
    return head.ok() ? head->size_bytes : 0;
  }
  size_t OpenUploads() {
    auto open = bench_->store().FindOpen(Path("out"), {});
    EXPECT_TRUE(open.ok()) << open.status();
    return open.ok() ? open->size() : 0;
  }

  std::string content_;
  std::string upload_;
  Rule put_;
  Rule complete_;
};

TEST_F(S3WriteFaults, SendsAPartAgainWhenTheReplyWasLost) {
  int id = Disturb(FaultKind::kLoseReply, put_);
  ExpectStagedTwice(3);
  EXPECT_EQ(proxy_->MetCount(id), 1);
  auto puts = Requests("PUT");
  EXPECT_EQ(puts[0].status, 200);  // it had been applied
}

TEST_F(S3WriteFaults, SendsAPartAgainThatWasCutOnItsWay) {
  put_.fault.way = Way::kUp;
  put_.fault.after = 200'000;
  put_.count = 2;
  int id = Disturb(FaultKind::kCut, put_);
  auto written = Write();
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(*Staged("out", upload_), written->staged);
  EXPECT_EQ(proxy_->MetCount(id), 2);
}

TEST_F(S3WriteFaults, SendsAPartAgainAfterAStall) {
  put_.fault.way = Way::kUp;
  put_.fault.after = 200'000;
  TimeOutAfter(kStall);
  int id = Disturb(FaultKind::kStall, put_);
  auto written = Write();
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(*Staged("out", upload_), written->staged);
  EXPECT_EQ(proxy_->MetCount(id), 1);
}

TEST_F(S3WriteFaults, SendsAPartAgainAfterEveryTemporaryAnswer) {
  Refuse(503, "SlowDown", put_);
  Refuse(500, "InternalError", put_);
  Refuse(400, "BadDigest", put_);
  Disturb(FaultKind::kReset, put_);
  ExpectStagedTwice(6);
}

TEST_F(S3WriteFaults, GivesUpAPartWhenTheBudgetIsSpent) {
  put_.count = -1;
  Refuse(503, "SlowDown", put_);
  auto written = Write();
  EXPECT_EQ(written.status().code(), Code::kUnavailable) << written.status();
}

TEST_F(S3WriteFaults, OpensAnUploadAgainWhenTheReplyWasLost) {
  // Nobody knows the first one's id: it is found by its key, and swept.
  EXPECT_FALSE(store().MayHaveUnknownUploads());
  Disturb(FaultKind::kLoseReply, {.method = "POST", .path = "uploads"});
  auto upload = Stage("out");
  ASSERT_TRUE(upload.ok()) << upload.status();
  EXPECT_TRUE(store().MayHaveUnknownUploads());
  EXPECT_EQ(OpenUploads(), 3u);
  auto open = store().FindOpen(Path("out"), {});
  ASSERT_TRUE(open.ok()) << open.status();
  for (const OpenUpload& found : *open)
    EXPECT_TRUE(store().Abort(Path("out"), found.upload_id, {}).ok());
  EXPECT_EQ(OpenUploads(), 0u);
}

TEST_F(S3WriteFaults, CompletesOnceWhenTheReplyWasLost) {
  StagedObject staged = Ready();
  int id = Disturb(FaultKind::kLoseReply, complete_);
  Status sent = Complete(staged);
  EXPECT_EQ(sent.code(), Code::kUnavailable) << sent;
  EXPECT_EQ(proxy_->MetCount(id), 1);
  EXPECT_THAT(Requests("POST"), SizeIs(2));  // one opened it
  EXPECT_EQ(PublishedBytes(), content_.size());
  EXPECT_EQ(OpenUploads(), 0u);
  // From the top: the upload is gone, the key tells.
  EXPECT_EQ(Complete(staged).code(), Code::kNotFound);
  EXPECT_THAT(Requests("POST"), SizeIs(2));
}

// A HEAD has no body: a cut behind it is one of the next answer's header.
TEST_F(S3WriteFaults, LooksAgainWhenTheHeaderOfALookWasCut) {
  const OutputIdentity identity =
      IdentityOf("1.1.token", "s3://videos/talk.mp4", "mp3-128k");
  auto upload =
      store().Stage(Path("out"), {.metadata = MetadataOf(identity)}, {});
  ASSERT_TRUE(upload.ok()) << upload.status();
  upload_ = *upload;
  ASSERT_TRUE(Complete(Ready()).ok());
  Rule look{.method = "HEAD"};
  look.fault.after = 60;
  int id = Disturb(FaultKind::kCut, look);
  EXPECT_TRUE(store().Head(Path("out"), {}).ok());
  proxy_->ClearLog();
  auto published = store().Head(Path("out"), {});
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_TRUE(IsOwnResult(*published, identity));
  EXPECT_EQ(published->size_bytes, content_.size());
  EXPECT_EQ(proxy_->MetCount(id), 1);
  EXPECT_THAT(Requests("HEAD"), SizeIs(2));  // one was cut
}

TEST_F(S3WriteFaults, NeverRepeatsACompleteByItself) {
  StagedObject staged = Ready();
  complete_.count = -1;
  for (int status : {500, 503}) {
    proxy_->ClearLog();
    Refuse(status, "InternalError", complete_);
    EXPECT_EQ(Complete(staged).code(), Code::kUnavailable);
    EXPECT_THAT(Requests("POST"), SizeIs(1));
    proxy_->RemoveAll();
  }
  EXPECT_TRUE(Complete(staged).ok());
  EXPECT_EQ(PublishedBytes(), content_.size());
}

TEST_F(S3WriteFaults, CompletesAnUploadThatGoesAwayOnTheWay) {
  StagedObject staged = Ready();
  int id = Disturb(FaultKind::kHold, complete_);
  Status sent;
  std::jthread publisher([&] { sent = Complete(staged); });
  while (proxy_->MetCount(id) == 0) std::this_thread::yield();
  ASSERT_TRUE(bench_->store().Abort(Path("out"), upload_, {}).ok());
  std::cout << "disturbs: aborts the upload under its Complete" << std::endl;
  proxy_->Release(id);
  publisher.join();
  // RADOS Gateway answers 500 to it, others 404.
  EXPECT_THAT(sent.code(), testing::AnyOf(Code::kUnavailable, Code::kNotFound))
      << sent;
  EXPECT_EQ(Complete(staged).code(), Code::kNotFound);
  EXPECT_EQ(PublishedBytes(), 0u);
}

TEST_F(S3WriteFaults, FindsTheErrorInA200) {
  StagedObject staged = Ready();
  Refuse(200, "InternalError", complete_);
  Status sent = Complete(staged);
  EXPECT_EQ(sent.code(), Code::kUnavailable) << sent;
  EXPECT_EQ(PublishedBytes(), 0u);
}

TEST_F(S3WriteFaults, CompletesNothingWithoutTheListOfParts) {
  StagedObject staged = Ready();
  Rule list{.method = "GET", .path = "uploadId=", .count = -1};
  Refuse(503, "ServiceUnavailable", list);
  EXPECT_EQ(Complete(staged).code(), Code::kUnavailable);
  EXPECT_EQ(PublishedBytes(), 0u);
}

TEST_F(S3WriteFaults, AbortsOnceWhenTheReplyWasLost) {
  Disturb(FaultKind::kLoseReply, {.method = "DELETE"});
  EXPECT_TRUE(store().Abort(Path("out"), upload_, {}).ok());
  EXPECT_EQ(OpenUploads(), 0u);
}

TEST_F(S3WriteFaults, WritesNothingWithRefusedCredentials) {
  put_.count = -1;
  int id = Refuse(403, "InvalidAccessKeyId", put_);
  auto written = Write();
  EXPECT_EQ(written.status().code(), Code::kPermissionDenied)
      << written.status();
  EXPECT_LE(proxy_->MetCount(id), 2);  // one for each part, never again
}

}  // namespace
}  // namespace vexaa::objects

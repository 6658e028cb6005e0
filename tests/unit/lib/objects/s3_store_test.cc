#include "lib/objects/s3_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/digest.h"
#include "lib/objects/part_list.h"
#include "tests/fakes/fake_http_transport.h"
#include "tests/unit/lib/objects/manual_clock.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Status;
using http::Header;
using http::SentRequest;
using ::testing::HasSubstr;

std::string ErrorBody(const std::string& code) {
  return "<Error><Code>" + code + "</Code><Message>m</Message></Error>";
}

// A part's ETag is the MD5 of its bytes, and the object's made of it.
constexpr char kPartEtag[] = "5d41402abc4b2a76b9719d911017c592";
constexpr char kObjectEtag[] = "62109206880d38a4010a98e11243924a-1";
constexpr char kOnePart[] =
    "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>1"
    "</PartNumber><ETag>5d41402abc4b2a76b9719d911017c592</ETag><Size>10</Size>"
    "</Part></ListPartsResult>";

std::string Completed(const std::string& etag) {
  return "<CompleteMultipartUploadResult><ETag>\"" + etag +
         "\"</ETag></CompleteMultipartUploadResult>";
}

// Other keys after the first refusal.
class RotatingCredentials final : public CredentialSource {
 public:
  base::Result<Credentials> Current(std::stop_token) override {
    return Credentials{renewed_ ? "new" : "old", "secret", ""};
  }
  bool Renew(const Credentials& refused, std::stop_token) override {
    renewed_ = true;
    return refused.access_key == "old";
  }

 private:
  bool renewed_ = false;
};

class S3StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    S3Options options;
    options.endpoint = "http://s3.test:9000";
    options.buckets = {"b"};
    auto store = S3Store::Create(options, transport_, credentials_, clock_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = std::move(*store);
  }

  Status Read(uint64_t offset, size_t size, std::string_view etag = "\"e\"") {
    read_.assign(size, '\0');
    return store_->ReadRange(path_, etag, offset,
                             std::as_writable_bytes(std::span(read_)), {});
  }

  base::Result<std::unique_ptr<ObjectStream>> Stream(
      const base::ByteRange& range) {
    return store_->OpenStream(path_, "\"e\"", range, {});
  }

  // A wrong answer is asked for once more.
  void AnswerTwice(int status, const std::string& body,
                   const std::vector<Header>& headers) {
    transport_.Answer(status, body, headers);
    transport_.Answer(status, body, headers);
  }

  static std::vector<Header> RangeHeaders(const std::string& range) {
    return {{"content-range", "bytes " + range}, {"etag", "\"e\""}};
  }

  StagedObject OnePart() { return *Describe({{1, kPartEtag, 10}}); }

  http::FakeHttpTransport transport_;
  RotatingCredentials credentials_;
  ManualClock clock_;
  std::unique_ptr<S3Store> store_;
  const ObjectPath path_{"b", "k"};
  std::string read_;
};

TEST_F(S3StoreTest, AsksForAPinnedRange) {
  transport_.Answer(206, "23456", RangeHeaders("2-6/10"));
  ASSERT_TRUE(Read(2, 5).ok());
  EXPECT_EQ(read_, "23456");
  SentRequest sent = transport_.sent().at(0);
  EXPECT_EQ(sent.url, "http://s3.test:9000/b/k");
  EXPECT_EQ(sent.Find("range"), "bytes=2-6");
  EXPECT_EQ(sent.Find("if-match"), "\"e\"");
  EXPECT_THAT(sent.Find("authorization"),
              HasSubstr("SignedHeaders=host;if-match;range;"));
}

TEST_F(S3StoreTest, TriesAgainAfterABusyAnswer) {
  transport_.Answer(503, ErrorBody("SlowDown"));
  transport_.Answer(500, ErrorBody("InternalError"));
  transport_.Answer(206, "01", RangeHeaders("0-1/10"));
  EXPECT_TRUE(Read(0, 2).ok());
  EXPECT_EQ(clock_.slept().size(), 2u);
}

TEST_F(S3StoreTest, GivesUpOnControlCallsAfterThreeAttempts) {
  for (int i = 0; i < 4; ++i) transport_.Answer(503, "");
  auto info = store_->Head(path_, {});
  EXPECT_EQ(info.status().code(), Code::kUnavailable);
  EXPECT_EQ(transport_.sent().size(), 3u);
}

TEST_F(S3StoreTest, ResumesACutBodyWhereItEnded) {
  transport_.AnswerCut(206, "012", RangeHeaders("0-9/10"));
  transport_.Answer(206, "3456789", RangeHeaders("3-9/10"));
  ASSERT_TRUE(Read(0, 10).ok());
  EXPECT_EQ(read_, "0123456789");
  EXPECT_EQ(transport_.sent().at(1).Find("range"), "bytes=3-9");
}

TEST_F(S3StoreTest, ResumesAnAnswerThatEndedEarly) {
  transport_.Answer(206, "0123", RangeHeaders("0-3/10"));
  transport_.Answer(206, "456789", RangeHeaders("4-9/10"));
  ASSERT_TRUE(Read(0, 10).ok());
  EXPECT_EQ(read_, "0123456789");
}

TEST_F(S3StoreTest, PinsTheFirstAnswersVersionWhenNoneIsGiven) {
  transport_.AnswerCut(206, "012", RangeHeaders("0-9/10"));
  transport_.Answer(412, ErrorBody("PreconditionFailed"));
  EXPECT_EQ(Read(0, 10, "").code(), Code::kFailedPrecondition);
  EXPECT_EQ(transport_.sent().at(0).Find("if-match"), "");
  EXPECT_EQ(transport_.sent().at(1).Find("if-match"), "\"e\"");
}

TEST_F(S3StoreTest, ResumesACutBodyWithinWhatIsWanted) {
  transport_.AnswerCut(206, "0123456", RangeHeaders("0-9/10"));
  transport_.Answer(206, "789", RangeHeaders("7-9/10"));
  std::string text(10, '.');
  auto bytes = std::as_writable_bytes(std::span(text));
  const WantedBytes wanted[] = {{1, bytes.subspan(1, 2)},
                                {6, bytes.subspan(6, 3)}};
  Status status = store_->ReadWanted(path_, "\"e\"", {0, 10}, wanted, {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(text, ".12...678.");
}

TEST_F(S3StoreTest, StreamsOneAnswer) {
  transport_.Answer(206, "23456789", RangeHeaders("2-9/10"));
  auto stream = Stream({2, 8});
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ(transport_.sent().at(0).Find("range"), "bytes=2-9");
  EXPECT_EQ(transport_.sent().at(0).Find("if-match"), "\"e\"");
  std::string out(3, '.');
  auto bytes = std::as_writable_bytes(std::span(out));
  EXPECT_TRUE((*stream)->Read(2, bytes).ok());
  EXPECT_EQ(out, "234");
  EXPECT_TRUE((*stream)->Read(7, bytes).ok());
  EXPECT_EQ(out, "789");
  EXPECT_EQ((*stream)->Read(9, bytes).code(), Code::kInvalidArgument);
  EXPECT_EQ(transport_.sent().size(), 1u);
}

TEST_F(S3StoreTest, NeverRepeatsAStream) {
  transport_.Answer(503, ErrorBody("SlowDown"));
  auto busy = Stream({0, 10});
  EXPECT_EQ(busy.status().code(), Code::kUnavailable);
  EXPECT_EQ(busy.status().detail(), "SlowDown");
  transport_.AnswerCut(206, "012", RangeHeaders("0-9/10"));
  transport_.Answer(206, "012", RangeHeaders("0-9/10"));
  for (const char* detail : {"PARTIAL_FILE", "ShortBody"}) {
    auto stream = Stream({0, 10});
    ASSERT_TRUE(stream.ok()) << stream.status();
    std::string out(10, '.');
    Status status = (*stream)->Read(0, std::as_writable_bytes(std::span(out)));
    EXPECT_EQ(status.code(), Code::kUnavailable);
    EXPECT_EQ(status.detail(), detail);
  }
}

TEST_F(S3StoreTest, StreamsNothingButWhatWasAsked) {
  transport_.Answer(200, "0123456789", {{"content-length", "10"}});
  EXPECT_EQ(Stream({2, 5}).status().detail(), "RangeIgnored");
  transport_.Answer(206, "0123", RangeHeaders("0-3/10"));
  EXPECT_EQ(Stream({2, 5}).status().detail(), "WrongRange");
  transport_.Answer(206, "23456",
                    {{"content-range", "bytes 2-6/10"}, {"etag", "\"f\""}});
  EXPECT_EQ(Stream({2, 5}).status().code(), Code::kFailedPrecondition);
}

TEST_F(S3StoreTest, NeverGivesUpWhileBytesArrive) {
  for (int i = 0; i < 20; ++i) {
    std::string at = std::to_string(i);
    transport_.AnswerCut(206, "x", RangeHeaders(at + "-19/20"));
  }
  EXPECT_TRUE(Read(0, 20).ok());
  EXPECT_EQ(transport_.sent().size(), 20u);
}

TEST_F(S3StoreTest, RefusesTheWholeObjectInPlaceOfARange) {
  AnswerTwice(200, "0123456789", {{"content-length", "10"}});
  Status status = Read(2, 5);
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_EQ(status.detail(), "RangeIgnored");
}

TEST_F(S3StoreTest, RefusesAnotherRange) {
  AnswerTwice(206, "34567", RangeHeaders("3-7/10"));
  EXPECT_EQ(Read(2, 5).detail(), "WrongRange");
  AnswerTwice(206, "23456", {{"etag", "\"e\""}});
  EXPECT_EQ(Read(2, 5).detail(), "WrongRange") << "no Content-Range";
}

TEST_F(S3StoreTest, RefusesMoreBytesThanAsked) {
  AnswerTwice(206, "2345678", RangeHeaders("2-6/10"));
  EXPECT_EQ(Read(2, 5).detail(), "WrongRange");
}

TEST_F(S3StoreTest, NoticesAReplacedObjectWhereIfMatchIsIgnored) {
  transport_.Answer(206, "23456",
                    {{"content-range", "bytes 2-6/10"}, {"etag", "\"f\""}});
  EXPECT_EQ(Read(2, 5).code(), Code::kFailedPrecondition);
}

TEST_F(S3StoreTest, LearnsTheServersClockOnce) {
  std::vector<Header> date = {{"date", "Fri, 24 May 2013 00:00:00 GMT"}};
  transport_.Answer(403, ErrorBody("RequestTimeTooSkewed"), date);
  transport_.Answer(206, "01", RangeHeaders("0-1/10"));
  EXPECT_TRUE(Read(0, 2).ok());
  EXPECT_EQ(transport_.sent().at(1).Find("x-amz-date"), "20130524T000000Z");
  transport_.Answer(403, ErrorBody("RequestTimeTooSkewed"), date);
  transport_.Answer(403, ErrorBody("RequestTimeTooSkewed"), date);
  EXPECT_EQ(Read(0, 2).code(), Code::kPermissionDenied);
}

TEST_F(S3StoreTest, RenewsRefusedKeysOnce) {
  transport_.Answer(403, ErrorBody("InvalidAccessKeyId"));
  transport_.Answer(206, "01", RangeHeaders("0-1/10"));
  EXPECT_TRUE(Read(0, 2).ok());
  EXPECT_THAT(transport_.sent().at(0).Find("authorization"),
              HasSubstr("Credential=old/"));
  EXPECT_THAT(transport_.sent().at(1).Find("authorization"),
              HasSubstr("Credential=new/"));
  transport_.Answer(403, ErrorBody("InvalidAccessKeyId"));
  EXPECT_EQ(Read(0, 2).code(), Code::kPermissionDenied);
}

TEST_F(S3StoreTest, RenewsKeysAfterARefusalWithoutABody) {
  transport_.Answer(403, "");
  transport_.Answer(200, "", {{"content-length", "1"}, {"etag", "e"}});
  EXPECT_TRUE(store_->Head(path_, {}).ok());
}

TEST_F(S3StoreTest, AsksOnlyForAllowedBuckets) {
  ObjectPath other{"other", "k"};
  EXPECT_EQ(store_->Head(other, {}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(store_->Abort(other, "u", {}).code(), Code::kInvalidArgument);
  EXPECT_TRUE(transport_.sent().empty());
}

TEST_F(S3StoreTest, SendsAPartWithItsDigests) {
  transport_.Answer(200, "", {{"etag", "\"aa\""}});
  auto part = store_->PutPart(path_, "u/1", 3, 100, base::AsBytes("hello"), {});
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_EQ(part->etag, "aa");
  SentRequest sent = transport_.sent().at(0);
  EXPECT_EQ(sent.url, "http://s3.test:9000/b/k?partNumber=3&uploadId=u%2F1");
  EXPECT_EQ(sent.Find("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
  const base::Sha256Digest sum = base::Sha256(base::AsBytes("hello"));
  EXPECT_EQ(sent.Find("x-amz-content-sha256"), base::Hex(sum));
  EXPECT_EQ(part->sha256, sum);
  EXPECT_EQ(sent.body, "hello");
}

TEST_F(S3StoreTest, RepeatsADamagedPartOnce) {
  for (int i = 0; i < 3; ++i) transport_.Answer(400, ErrorBody("BadDigest"));
  auto part = store_->PutPart(path_, "u", 1, 100, base::AsBytes("x"), {});
  EXPECT_EQ(part.status().code(), Code::kDataLoss);
  EXPECT_EQ(transport_.sent().size(), 2u);
}

TEST_F(S3StoreTest, CompletesWhatItListed) {
  transport_.Answer(200, kOnePart);
  transport_.Answer(200, Completed(kObjectEtag));
  ASSERT_TRUE(store_->Complete(path_, "u", OnePart(), {}).ok());
  SentRequest sent = transport_.sent().at(1);
  EXPECT_TRUE(sent.send_once);
  EXPECT_EQ(sent.body,
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
            "<ETag>\"5d41402abc4b2a76b9719d911017c592\"</ETag></Part>"
            "</CompleteMultipartUpload>");
}

TEST_F(S3StoreTest, TakesACompleteForDoneWhoseAnswerHasNoEtag) {
  for (const char* body : {"<CompleteMultipartUploadResult><ETag></ETag>"
                           "</CompleteMultipartUploadResult>",
                           "<CompleteMultipartUploadResult/>"}) {
    transport_.Answer(200, kOnePart);
    transport_.Answer(200, body);
    EXPECT_TRUE(store_->Complete(path_, "u", OnePart(), {}).ok()) << body;
  }
}

TEST_F(S3StoreTest, TakesNoCompleteForDoneWhoseAnswerSaysSomethingElse) {
  for (const std::string& body : {std::string(), std::string("<html/>"),
                                  Completed("other"), Completed(kPartEtag)}) {
    transport_.Answer(200, kOnePart);
    transport_.Answer(200, body);
    Status status = store_->Complete(path_, "u", OnePart(), {});
    EXPECT_EQ(status.detail(), kUnproven) << body;
    EXPECT_EQ(transport_.steps_left(), 0u);
  }
}

TEST_F(S3StoreTest, SendsCompleteOnceWhateverItAnswers) {
  for (int i = 0; i < 3; ++i) {
    transport_.Answer(200, kOnePart);
    if (i == 0) transport_.Answer(500, ErrorBody("InternalError"));
    if (i == 1) transport_.Break("RECV_ERROR");
    if (i == 2) transport_.Answer(200, ErrorBody("InternalError"));
    Status status = store_->Complete(path_, "u", OnePart(), {});
    EXPECT_EQ(status.code(), Code::kUnavailable) << i;
    EXPECT_EQ(transport_.steps_left(), 0u);
  }
}

TEST_F(S3StoreTest, SendsNoCompleteWhenListingTookTooLong) {
  transport_.Then([&](const SentRequest&) {
    clock_.Advance(std::chrono::seconds(6));
    return http::FakeHttpTransport::Step{{200, {}, kOnePart}, Status::Ok()};
  });
  Status status = store_->Complete(path_, "u", OnePart(), {});
  EXPECT_EQ(status.detail(), "TooLate");
  EXPECT_EQ(transport_.sent().size(), 1u);
}

TEST_F(S3StoreTest, ListsPartsPageByPage) {
  transport_.Answer(
      200,
      "<ListPartsResult><IsTruncated>true</IsTruncated>"
      "<NextPartNumberMarker>1</NextPartNumberMarker><Part><PartNumber>1"
      "</PartNumber><ETag>aa</ETag><Size>10</Size></Part></ListPartsResult>");
  transport_.Answer(
      200,
      "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>2"
      "</PartNumber><ETag>bb</ETag><Size>5</Size></Part></ListPartsResult>");
  auto staged = store_->Inspect(path_, "u", {});
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_EQ(staged->size_bytes, 15u);
  EXPECT_THAT(transport_.sent().at(1).url, HasSubstr("part-number-marker=1"));
}

TEST_F(S3StoreTest, FindsOpenUploadsPageByPage) {
  transport_.Answer(
      200,
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
      "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>1"
      "</NextUploadIdMarker><Upload><Key>k</Key><UploadId>1</UploadId>"
      "</Upload></ListMultipartUploadsResult>");
  transport_.Answer(
      200,
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
      "<NextKeyMarker>k2</NextKeyMarker><NextUploadIdMarker>9"
      "</NextUploadIdMarker><Upload><Key>k</Key><UploadId>2</UploadId>"
      "</Upload><Upload><Key>k2</Key><UploadId>9</UploadId></Upload>"
      "</ListMultipartUploadsResult>");
  auto found = store_->FindOpen(path_, {});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(1).upload_id, "2");
  EXPECT_THAT(transport_.sent().at(1).url, HasSubstr("upload-id-marker=1"));
}

TEST_F(S3StoreTest, CountsAGoneUploadAsAborted) {
  transport_.Answer(404, ErrorBody("NoSuchUpload"));
  EXPECT_TRUE(store_->Abort(path_, "u", {}).ok());
  transport_.Answer(403, ErrorBody("AccessDenied"));
  EXPECT_EQ(store_->Abort(path_, "u", {}).code(), Code::kPermissionDenied);
}

TEST_F(S3StoreTest, StagesWithItsMetadata) {
  transport_.Answer(200,
                    "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                    "</InitiateMultipartUploadResult>");
  StageOptions options;
  options.content_type = "audio/mpeg";
  options.metadata = {{"vexaa-token", "7.1.ab"}};
  EXPECT_EQ(*store_->Stage(path_, options, {}), "u");
  SentRequest sent = transport_.sent().at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "http://s3.test:9000/b/k?uploads=");
  EXPECT_EQ(sent.Find("content-type"), "audio/mpeg");
  EXPECT_EQ(sent.Find("x-amz-meta-vexaa-token"), "7.1.ab");
}

TEST_F(S3StoreTest, StopsWaitingForARepeat) {
  std::stop_source stop;
  transport_.Then([&](const SentRequest&) {
    stop.request_stop();
    return http::FakeHttpTransport::Step{{503, {}, ""}, Status::Ok()};
  });
  EXPECT_EQ(store_->Head(path_, stop.get_token()).status().code(),
            Code::kCancelled);
}

TEST(S3StoreOptions, NeedAnHttpEndpoint) {
  http::FakeHttpTransport transport;
  StaticCredentials credentials({"a", "b", ""});
  ManualClock clock;
  for (const char* endpoint :
       {"", "s3.example.org", "ftp://h", "http://h/?a"}) {
    S3Options options;
    options.endpoint = endpoint;
    EXPECT_EQ(
        S3Store::Create(options, transport, credentials, clock).status().code(),
        Code::kInvalidArgument)
        << endpoint;
  }
}

}  // namespace
}  // namespace vexaa::objects

// The reading rows of the S3 fault matrix, against a real S3 server.
#include <gmock/gmock.h>

#include <algorithm>

#include "lib/objects/object_reader.h"
#include "tests/fakes/manual_clock.h"
#include "tests/integration/s3_fault_bench.h"

namespace vexaa::objects {
namespace {

using base::Code;
using proxy::FaultKind;
using proxy::Rule;
using testing::ElementsAre;
using testing::SizeIs;

constexpr size_t kSize = 3'000'000;

class S3ReadFaults : public S3FaultTest {
 protected:
  void SetUp() override {
    S3FaultTest::SetUp();
    if (IsSkipped()) return;
    content_ = Noise(kSize);
    ASSERT_TRUE(bench_->PutObject("in", content_).ok());
    get_.method = "GET";
    get_.path = "/in$";
  }
  void ExpectWhole() {
    auto read = Read("in", 0, kSize);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(*read == content_);
  }
  void ReadAhead(const ReaderOptions& options, const base::Clock& clock) {
    auto reader = ObjectReader::Open(store(), Path("in"), options, clock, {});
    ASSERT_TRUE(reader.ok()) << reader.status();
    std::string read(kSize, '\0');
    for (size_t have = 0; have < kSize;) {
      auto count = (*reader)->Read(
          std::as_writable_bytes(std::span(read)).subspan(have));
      ASSERT_TRUE(count.ok()) << count.status();
      have += *count;
    }
    EXPECT_TRUE(read == content_);
  }
  std::vector<std::string> Ranges() {
    std::vector<std::string> ranges;
    for (const auto& seen : Requests("GET")) ranges.push_back(seen.range);
    return ranges;
  }

  std::string content_;
  Rule get_;
};

TEST_F(S3ReadFaults, ResumesAtTheExactByteAfterEachCut) {
  Rule rule = get_;
  rule.fault.after = 1'000'001;
  Disturb(FaultKind::kCut, rule);
  rule.fault.after = 7;
  Disturb(FaultKind::kCut, rule);
  rule.fault.after = 0;
  Disturb(FaultKind::kCut, rule);
  ExpectWhole();
  EXPECT_THAT(Ranges(),
              ElementsAre("bytes=0-2999999", "bytes=1000001-2999999",
                          "bytes=1000008-2999999", "bytes=1000008-2999999"));
}

TEST_F(S3ReadFaults, ResumesAsOftenAsBytesArrive) {
  Rule rule = get_;
  rule.count = 40;  // far more than the attempts of a range
  rule.fault.after = 50'000;
  int id = Disturb(FaultKind::kCut, rule);
  ExpectWhole();
  EXPECT_EQ(proxy_->MetCount(id), 40);
  // Each repeat helped: nothing of the client's tokens is used up.
  rule.fault.after = 60'000;
  Disturb(FaultKind::kCut, rule);
  ExpectWhole();
}

TEST_F(S3ReadFaults, ResumesAfterAnAnswerThatEndsBeforeItsHead) {
  Rule rule = get_;
  rule.fault.after = -1;
  Disturb(FaultKind::kCut, rule);
  ExpectWhole();
  EXPECT_THAT(Ranges(), SizeIs(2));
}

TEST_F(S3ReadFaults, ReadsOnAfterAReset) {
  Disturb(FaultKind::kReset, get_);
  ExpectWhole();
}

TEST_F(S3ReadFaults, ReadsOnAfterEveryTemporaryAnswer) {
  const std::pair<int, const char*> kAnswers[] = {
      {500, "InternalError"},      {502, ""},
      {503, "ServiceUnavailable"}, {504, ""},
      {503, "SlowDown"},           {429, "TooManyRequests"},
      {400, "RequestTimeout"}};
  for (auto [status, code] : kAnswers) {
    int id = Refuse(status, code, get_);
    ExpectWhole();
    EXPECT_EQ(proxy_->MetCount(id), 1) << status << code;
  }
}

TEST_F(S3ReadFaults, WaitsByAwsConstants) {
  get_.count = 3;
  Refuse(503, "ServiceUnavailable", get_);
  ExpectWhole();
  const auto transient = clock_.slept();
  ASSERT_THAT(transient, SizeIs(3));
  for (int i = 0; i < 3; ++i)
    EXPECT_LE(transient[i], std::chrono::milliseconds(50 << i));
  get_.count = 1;
  get_.fault.headers = {{"x-amz-retry-after", "2500"}};
  get_.fault.status = 503;
  get_.fault.body = "<Error><Code>SlowDown</Code></Error>";
  Disturb(FaultKind::kAnswer, get_);
  ExpectWhole();
  // The server's wish, clamped to [our delay, our delay + 5 s].
  ASSERT_THAT(clock_.slept(), SizeIs(4));
  EXPECT_EQ(clock_.slept()[3], std::chrono::milliseconds(2500));
}

TEST_F(S3ReadFaults, GivesUpWhenTheBudgetIsSpent) {
  get_.count = -1;
  int id = Refuse(503, "ServiceUnavailable", get_);
  auto read = Read("in", 0, kSize);
  EXPECT_EQ(read.status().code(), Code::kUnavailable) << read.status();
  EXPECT_EQ(proxy_->MetCount(id), kDataRetries.attempts);
  EXPECT_THAT(clock_.slept(), SizeIs(kDataRetries.attempts - 1));
}

TEST_F(S3ReadFaults, AsksThreeTimesForAnObjectsHead) {
  Rule rule{.method = "HEAD", .count = -1};
  int id = Refuse(500, "", rule);
  auto head = store().Head(Path("in"), {});
  EXPECT_EQ(head.status().code(), Code::kUnavailable) << head.status();
  EXPECT_EQ(proxy_->MetCount(id), kControlRetries.attempts);
}

TEST_F(S3ReadFaults, TimesAStalledAnswerOutAndResumes) {
  Rule rule = get_;
  rule.fault.after = 500'000;
  TimeOutAfter(kStall);
  Disturb(FaultKind::kStall, rule);
  ExpectWhole();
  EXPECT_THAT(Ranges(), ElementsAre("bytes=0-2999999", "bytes=500000-2999999"));
}

TEST_F(S3ReadFaults, TimesASilentServerOut) {
  TimeOutAfter(kStall);
  Disturb(FaultKind::kHold, get_);
  ExpectWhole();
}

TEST_F(S3ReadFaults, WaitsForAServerThatRefusesConnections) {
  proxy_->Refuse(true);
  clock_.on_sleep = [&] {
    if (clock_.slept().size() == 4) proxy_->Refuse(false);
  };
  std::cout << "disturbs: refuses connections four times" << std::endl;
  ExpectWhole();
  EXPECT_THAT(clock_.slept(), SizeIs(4));
}

TEST_F(S3ReadFaults, SaysThatNobodyListens) {
  proxy_->Refuse(true);
  std::cout << "disturbs: refuses all connections" << std::endl;
  auto read = Read("in", 0, kSize);
  EXPECT_EQ(read.status().code(), Code::kUnavailable);
  EXPECT_EQ(read.status().detail(), "COULDNT_CONNECT");
  EXPECT_THAT(clock_.slept(), SizeIs(kDataRetries.attempts - 1));
}

TEST_F(S3ReadFaults, TakesNoBytesOfAnotherRange) {
  Rule rule = get_;
  rule.count = -1;
  rule.fault.headers = {{"Content-Range", "bytes 5-2999999/3000000"}};
  Disturb(FaultKind::kEdit, rule);
  auto read = Read("in", 0, kSize);
  EXPECT_EQ(read.status().code(), Code::kDataLoss) << read.status();
  EXPECT_EQ(read.status().detail(), "WrongRange");
}

TEST_F(S3ReadFaults, AsksOnceMoreAfterAnotherRange) {
  Rule rule = get_;
  rule.fault.headers = {{"Content-Range", "bytes 5-2999999/3000000"}};
  Disturb(FaultKind::kEdit, rule);
  ExpectWhole();
}

TEST_F(S3ReadFaults, TakesNoWholeObjectForARange) {
  Rule rule = get_;
  rule.count = -1;
  rule.fault.status = 200;
  rule.fault.headers = {{"Content-Range", ""}};
  Disturb(FaultKind::kEdit, rule);
  auto read = Read("in", 1000, 1000);
  EXPECT_EQ(read.status().code(), Code::kDataLoss) << read.status();
  EXPECT_EQ(read.status().detail(), "RangeIgnored");
  ExpectWhole();  // the whole object is the range asked for
}

TEST_F(S3ReadFaults, FindsAnObjectThatWasReplaced) {
  auto before = store().Head(Path("in"), {});
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_TRUE(bench_->PutObject("in", std::string(kSize, 'x')).ok());
  auto read = Read("in", 0, 1000, before->etag);
  EXPECT_EQ(read.status().code(), Code::kFailedPrecondition) << read.status();
  EXPECT_EQ(read.status().detail(), "PreconditionFailed");
}

TEST_F(S3ReadFaults, NeverJoinsTwoVersionsInOneRange) {
  Rule rule = get_;
  rule.fault.after = 1'000'000;
  Disturb(FaultKind::kCut, rule);
  clock_.on_sleep = [&] {
    ASSERT_TRUE(bench_->PutObject("in", std::string(kSize, 'x')).ok());
  };
  std::cout << "disturbs: replaces the object before the repeat" << std::endl;
  auto read = Read("in", 0, kSize);
  EXPECT_EQ(read.status().code(), Code::kFailedPrecondition) << read.status();
}

TEST_F(S3ReadFaults, FindsAReplacedObjectWhereIfMatchIsIgnored) {
  Rule rule = get_;
  rule.fault.headers = {{"ETag", "\"another\""}};
  Disturb(FaultKind::kEdit, rule);
  auto before = store().Head(Path("in"), {});
  auto read = Read("in", 0, 1000, before->etag);
  EXPECT_EQ(read.status().code(), Code::kFailedPrecondition) << read.status();
}

TEST_F(S3ReadFaults, AsksOnceWithRefusedCredentials) {
  for (const char* code : {"AccessDenied", "InvalidAccessKeyId",
                           "SignatureDoesNotMatch", "ExpiredToken"}) {
    int id = Refuse(403, code, get_);
    auto read = Read("in", 0, 1000);
    EXPECT_EQ(read.status().code(), Code::kPermissionDenied) << read.status();
    EXPECT_EQ(read.status().detail(), code);
    EXPECT_EQ(proxy_->MetCount(id), 1) << code;
  }
  EXPECT_THAT(clock_.slept(), SizeIs(0));
}

TEST_F(S3ReadFaults, LearnsTheServersClock) {
  clock_.skew = std::chrono::minutes(20);
  std::cout << "disturbs: our clock is 20 minutes ahead" << std::endl;
  ExpectWhole();
  EXPECT_THAT(Ranges(), SizeIs(2));  // RequestTimeTooSkewed, then right
  EXPECT_THAT(clock_.slept(), SizeIs(0));
}

TEST_F(S3ReadFaults, ReadsAWholeObjectAheadThroughAllOfIt) {
  Rule rule = get_;
  rule.count = 3;
  rule.fault.after = 100'000;
  Disturb(FaultKind::kCut, rule);
  Refuse(503, "SlowDown", get_);
  Disturb(FaultKind::kReset, get_);
  ReadAhead({}, clock_);
}

TEST_F(S3ReadFaults, ResumesALongRequestAtTheExactByteAfterEachCut) {
  Rule rule = get_;
  rule.count = -1;
  rule.fault.after = 500'000;  // a short one has at most 65,536
  Disturb(FaultKind::kCut, rule);
  ReaderOptions options;
  options.plan = {.first_range = 16 << 10,
                  .max_range = 64 << 10,
                  .join_gap = 64 << 10,
                  .ahead = 128 << 10};
  options.memory_bytes = 256 << 10;
  options.long_requests = {.least_bytes_per_second = 1, .trial_bytes = 100'000};
  base::ManualClock still;  // a long one is never slower
  ReadAhead(options, still);
  const std::vector<std::string> ranges = Ranges();
  const auto to_the_end = [](const std::string& range) {
    return range.ends_with("-2999999");
  };
  EXPECT_GE(std::count_if(ranges.begin(), ranges.end(), to_the_end), 3);
  EXPECT_LT(ranges.size(), kSize / (64 << 10));
}

}  // namespace
}  // namespace vexaa::objects

// A reader that reads on with one request of its own thread. Time stands still,
// so every reader waits most of its time and no request is slower.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/unit/lib/objects/manual_clock.h"
#include "tests/unit/lib/objects/object_reader_fixture.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Status;

constexpr size_t kSize = 200'000;
// Requests at most until the long one: five ranges that grow, eight that a
// reader is looked at for, and what was fetched ahead of it by then.
constexpr uint64_t kShort = 16;

constexpr uint64_t kTrial = 4096;

ReaderOptions Long(ReaderOptions options = kSmall) {
  options.long_requests = {.least_bytes_per_second = 1, .trial_bytes = kTrial};
  return options;
}

class LongReaderTest : public ObjectReaderTest {
 protected:
  std::unique_ptr<ObjectReader> OpenLong(const ReaderOptions& options) {
    return OpenBy(still_, kSize, options);
  }

  // Has read half of it, with a long request that is still open.
  std::unique_ptr<ObjectReader> OpenAndReadOn() {
    auto reader = OpenLong(Long());
    EXPECT_EQ(Take(*reader, kSize / 2), content_.substr(0, kSize / 2));
    EXPECT_EQ(store_.streams(), 1);
    return reader;
  }

  void Follow(ObjectReader& reader, const std::vector<ByteRange>& ranges) {
    reader.Follow(std::make_unique<KnownPlan>(ranges));
    for (const ByteRange& range : ranges) {
      ASSERT_TRUE(reader.Seek(range.offset).ok());
      ASSERT_EQ(Take(reader, range.size),
                content_.substr(range.offset, range.size));
    }
  }

  // Of the first read that fails.
  Code FirstError(ObjectReader& reader) {
    std::vector<std::byte> out(1024);
    base::Result<size_t> count = out.size();
    while (count.ok() && *count > 0) count = reader.Read(out);
    return count.status().code();
  }

  ManualClock still_;
};

TEST_F(LongReaderTest, ReadsOnWithOneRequest) {
  auto reader = OpenLong(Long());
  EXPECT_EQ(Take(*reader, 2 * kSize), content_);
  EXPECT_EQ(store_.streams(), 1);
  EXPECT_LE(reader->ranges_fetched(), kShort);
  EXPECT_EQ(store_.Count(Verb::kReadRange),
            static_cast<int>(reader->ranges_fetched()));
  EXPECT_EQ(reader->bytes_fetched(), kSize);
}

TEST_F(LongReaderTest, FetchesNothingAheadOfALongRequest) {
  auto reader = OpenAndReadOn();
  EXPECT_EQ(reader->bytes_fetched(), kSize / 2);
}

TEST_F(LongReaderTest, BeginsNoneForLittle) {
  ReaderOptions options = Long();
  options.long_requests.trial_bytes = kSize;
  auto reader = OpenLong(options);
  EXPECT_EQ(Take(*reader, kSize), content_);
  EXPECT_EQ(store_.streams(), 0);
}

TEST_F(LongReaderTest, ReadsRightThroughSkipsStepsAndJumps) {
  auto reader = OpenLong(Long());
  std::minstd_rand random(11);
  uint64_t at = 0;
  for (int i = 0; i < 20'000; ++i) {
    uint64_t step = random() % 400;
    bool jumps = random() % 500 == 0;
    at = jumps ? random() % kSize
               : (random() % 9 == 0 ? at - std::min(at, step) : at + step);
    at = std::min<uint64_t>(at, kSize - 1);
    ASSERT_TRUE(reader->Seek(at).ok());
    size_t size = std::min<size_t>(random() % 200 + 1, kSize - at);
    ASSERT_EQ(Take(*reader, size), content_.substr(at, size)) << at;
    at = at + size == kSize ? 0 : at + size;
  }
}

TEST_F(LongReaderTest, SkipsALittleWithinALongRequest) {
  auto reader = OpenAndReadOn();
  const uint64_t at = kSize / 2 + kSmall.plan.join_gap;
  ASSERT_TRUE(reader->Seek(at).ok());
  EXPECT_EQ(Take(*reader, 400), content_.substr(at, 400));
  EXPECT_EQ(reader->bytes_fetched(), at + 400);
  EXPECT_EQ(store_.streams(), 1);
}

TEST_F(LongReaderTest, ReadsElsewhereByShortRequests) {
  auto reader = OpenAndReadOn();
  const uint64_t streamed = store_.streamed_bytes();
  for (uint64_t at : {size_t{100}, kSize / 2 + 20'000, kSize - 500}) {
    ASSERT_TRUE(reader->Seek(at).ok());
    EXPECT_EQ(Take(*reader, 400), content_.substr(at, 400)) << at;
  }
  EXPECT_EQ(store_.streamed_bytes(), streamed);
  ASSERT_TRUE(reader->Seek(0).ok());
  EXPECT_EQ(Take(*reader, kSize), content_);
}

TEST_F(LongReaderTest, ReadsWhatIsHeldWithoutEndingALongRequest) {
  auto reader = OpenLong(Long());
  uint64_t at = 0;
  for (; store_.streams() == 0; at += 64) Take(*reader, 64);
  const uint64_t held = at - 200;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(reader->Seek(held).ok());
    EXPECT_EQ(Take(*reader, 100), content_.substr(held, 100));
    ASSERT_TRUE(reader->Seek(at).ok());
    EXPECT_EQ(Take(*reader, 64), content_.substr(at, 64));
    at += 64;
  }
  EXPECT_EQ(store_.streams(), 1);
}

TEST_F(LongReaderTest, GivesUpOnLongRequestsThatKeepEndingEarly) {
  auto reader = OpenLong(Long());
  // Far jumps after so much that ranges are of full size again.
  constexpr uint64_t kRun = 24'000;
  for (int i = 0; i < 40; ++i) {
    const uint64_t at = (i % 2) * kSize / 2;
    ASSERT_TRUE(reader->Seek(at).ok());
    uint64_t run = kRun;
    if (store_.streams() < 2) {
      // Until a long request has just begun.
      const int before = store_.streams();
      for (run = 0; store_.streams() == before && run < kRun; run += 64) {
        EXPECT_EQ(Take(*reader, 64), content_.substr(at + run, 64));
      }
    } else {
      EXPECT_EQ(Take(*reader, run), content_.substr(at, run));
    }
  }
  EXPECT_EQ(store_.streams(), 2);
}

// As tracks do that lie crosswise: the plan stays, and so does reading ahead.
TEST_F(LongReaderTest, KeepsItsPlanThroughStepsBack) {
  ReaderOptions options = Long(kSparse);
  options.memory_bytes = 3 * options.plan.max_range;
  auto reader = OpenLong(options);
  constexpr size_t kBack = 3;  // ranges
  const auto ranges = Every(1000, 600, kSize);
  reader->Follow(std::make_unique<KnownPlan>(ranges));
  for (size_t i = 0; i < ranges.size(); ++i) {
    const bool crosswise = i > ranges.size() / 2;
    for (size_t at : {i, crosswise ? i - kBack : i}) {
      const ByteRange& range = ranges[at];
      ASSERT_TRUE(reader->Seek(range.offset).ok());
      ASSERT_EQ(Take(*reader, range.size),
                content_.substr(range.offset, range.size));
    }
  }
  EXPECT_LE(store_.streams(), 3);
  EXPECT_LE(reader->ranges_fetched(), 3 * kSize / kSparse.plan.max_range);
  EXPECT_LE(store_.wanted_bytes(), ranges.size() * 600);
}

TEST_F(LongReaderTest, ReadsThroughTheGapsOfAPlanThatAreJoined) {
  auto reader = OpenLong(Long(kSparse));
  Follow(*reader, Every(500, 20, kSize));
  EXPECT_EQ(store_.streams(), 1);
  EXPECT_GT(store_.streamed_bytes(), kSize / 2);
  EXPECT_LE(reader->ranges_fetched(), kShort);
  EXPECT_LE(reader->bytes_fetched(), kSize);
}

TEST_F(LongReaderTest, ReadsThroughNoGapThatIsWorthARequest) {
  auto reader = OpenLong(Long(kSparse));
  std::vector<ByteRange> ranges;
  for (uint64_t at = 0; at + 30'000 <= kSize; at += 33'000) {
    ranges.push_back({at, 30'000});
  }
  Follow(*reader, ranges);
  EXPECT_GE(store_.streams(), 1);
  EXPECT_LE(reader->bytes_fetched(), ranges.size() * 30'000 + 64);
}

// It learns from the pieces of short ones.
TEST_F(LongReaderTest, BeginsNoneWhileAPlanStillLearns) {
  class Learner final : public base::ReadPlan {
   public:
    std::optional<ByteRange> NeededFrom(uint64_t offset) const override {
      if (offset >= known_) return std::nullopt;
      return ByteRange{offset, known_ - offset};
    }
    std::optional<uint64_t> Unknown() const override { return known_; }
    void Learn(std::span<const std::byte> bytes) override {
      known_ += std::min<uint64_t>(bytes.size(), 512);
    }

   private:
    uint64_t known_ = 0;
  };
  auto reader = OpenLong(Long());
  reader->Follow(std::make_unique<Learner>());
  EXPECT_EQ(Take(*reader, kSize - 1), content_.substr(0, kSize - 1));
  EXPECT_EQ(store_.streams(), 0);
}

TEST_F(LongReaderTest, ReportsAnObjectReplacedMeanwhile) {
  auto reader = OpenAndReadOn();
  store_.Put(path_, Pattern(kSize));
  EXPECT_EQ(FirstError(*reader), Code::kFailedPrecondition);
}

TEST_F(LongReaderTest, ReadsOnAfterALongRequestThatFails) {
  auto reader = OpenLong(Long());
  store_.FailStreamsAfter(20'000, Status(Code::kUnavailable, "cut"));
  std::string taken;
  while (taken.size() < kSize) taken += Take(*reader, 500);
  EXPECT_TRUE(taken == content_);
  EXPECT_GE(store_.streams(), 5);
  EXPECT_LE(reader->ranges_fetched(), 3 * kShort);
  EXPECT_EQ(reader->bytes_fetched(), kSize);
}

TEST_F(LongReaderTest, ReadsByShortRequestsWhereLongOnesFailAtOnce) {
  auto reader = OpenLong(Long());
  store_.FailStreamsAfter(1000, Status(Code::kUnavailable, "cut"));
  EXPECT_EQ(Take(*reader, kSize), content_);
  EXPECT_EQ(store_.streams(), 2);
  EXPECT_EQ(reader->bytes_fetched(), kSize);
}

TEST_F(LongReaderTest, ReadsByShortRequestsWhereLongOnesAreRefused) {
  auto reader = OpenLong(Long());
  int refused = 0;
  // Requests of the reader's own thread are long ones.
  const auto self = std::this_thread::get_id();
  store_.OnCall([&](Verb verb, const ObjectPath&) {
    if (verb != Verb::kReadRange || std::this_thread::get_id() != self) return;
    ++refused;
    store_.Fail(Verb::kReadRange, Status(Code::kUnavailable, "busy"));
  });
  EXPECT_EQ(Take(*reader, kSize), content_);
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(store_.streams(), 0);
}

TEST_F(LongReaderTest, ReportsWhatAShortRequestCannotBringEither) {
  auto reader = OpenAndReadOn();
  store_.FailStreamsAfter(0, Status(Code::kUnavailable, "down"));
  store_.Fail(Verb::kReadRange, Status(Code::kUnavailable, "down"), 1000);
  EXPECT_EQ(FirstError(*reader), Code::kUnavailable);
}

TEST_F(LongReaderTest, StopsALongRequest) {
  auto reader = OpenAndReadOn();
  store_.OnStreamRead([&](const ByteRange&) { stop_.request_stop(); });
  EXPECT_EQ(ReadCode(*reader), Code::kCancelled);
}

TEST_F(LongReaderTest, ReadsByShortRequestsAgainWhereTheyAreFaster) {
  auto reader = OpenLong(Long());
  store_.OnStreamRead(
      [this](const ByteRange&) { still_.Advance(std::chrono::seconds(1)); });
  EXPECT_EQ(Take(*reader, kSize), content_);
  EXPECT_EQ(store_.streams(), 1);
  EXPECT_LT(store_.streamed_bytes(), kTrial + 1024 + kSize / 16);
}

// What is fetched ahead hides a reader's own work.
TEST_F(LongReaderTest, FetchesAheadAgainForAReaderThatWaitsNoMore) {
  auto reader = OpenAndReadOn();
  const uint64_t streamed = store_.streamed_bytes();
  for (uint64_t at = kSize / 2; at < kSize; at += 1000) {
    still_.Advance(std::chrono::seconds(1));
    ASSERT_EQ(Take(*reader, 1000), content_.substr(at, 1000));
  }
  EXPECT_LT(store_.streamed_bytes() - streamed, 16 * kSmall.plan.max_range);
}

TEST_F(LongReaderTest, ReadsRightWhateverThePlanSays) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    auto reader = OpenLong(Long(kSparse));
    std::minstd_rand random(seed);
    uint64_t at = 0;
    for (int i = 0; i < 2000; ++i) {
      if (random() % 400 == 0) {
        reader->Follow(std::make_unique<KnownPlan>(
            Every(random() % 900 + 60, random() % 50 + 1, kSize)));
      }
      at = random() % 200 == 0 ? random() % kSize : at + random() % 600;
      at = std::min<uint64_t>(at, kSize - 1);
      ASSERT_TRUE(reader->Seek(at).ok());
      size_t size = std::min<size_t>(random() % 100 + 1, kSize - at);
      ASSERT_EQ(Take(*reader, size), content_.substr(at, size)) << at;
    }
  }
}

}  // namespace
}  // namespace vexaa::objects

// A reader that reads on with one request, from range to range. Time stands
// still, so every reader waits most of its time and no request is slower.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "tests/unit/lib/objects/manual_clock.h"
#include "tests/unit/lib/objects/object_reader_fixture.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Status;

// A test that would have to wait for it never ends.
constexpr auto kForever = std::chrono::hours(24);

constexpr size_t kSize = 200'000;
// Requests at most until the long one: five ranges that grow, eight that a
// reader is looked at for, and what was fetched ahead of it by then.
constexpr uint64_t kShort = 16;

ReaderOptions Long(ReaderOptions options = kSmall,
                   base::Duration patience = kForever) {
  options.long_requests = {
      .least_bytes_per_second = 1, .trial_bytes = 4096, .patience = patience};
  return options;
}

class LongReaderTest : public ObjectReaderTest {
 protected:
  std::unique_ptr<ObjectReader> OpenLong(const ReaderOptions& options) {
    return OpenBy(still_, kSize, options);
  }

  // Has read so far that a long request is under way.
  std::unique_ptr<ObjectReader> OpenAndReadOn() {
    auto reader = OpenLong(Long());
    EXPECT_EQ(Take(*reader, kSize / 2), content_.substr(0, kSize / 2));
    EXPECT_LE(reader->ranges_fetched(), kShort);
    return reader;
  }

  ManualClock still_;
};

TEST_F(LongReaderTest, ReadsOnWithOneRequest) {
  auto reader = OpenLong(Long());
  EXPECT_EQ(Take(*reader, 2 * kSize), content_);
  EXPECT_LE(reader->ranges_fetched(), kShort);
  EXPECT_EQ(store_.Count(Verb::kReadRange),
            static_cast<int>(reader->ranges_fetched()));
  EXPECT_EQ(reader->bytes_fetched(), kSize);
}

TEST_F(LongReaderTest, FetchesNoFurtherThanItsMemoryHolds) {
  auto reader = OpenAndReadOn();
  EXPECT_GT(store_.longest_range(), kSize / 2);
  EXPECT_LE(store_.passed_bytes(), kSize / 2 + kSmall.memory_bytes);
}

TEST_F(LongReaderTest, ReadsRightThroughSkipsStepsAndJumps) {
  for (auto patience : {base::Duration(0), base::Duration(kForever)}) {
    auto reader = OpenLong(Long(kSmall, patience));
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
}

TEST_F(LongReaderTest, ReadsElsewhereWhileALongRequestWaits) {
  auto reader = OpenAndReadOn();
  for (uint64_t at : {kSize - 500, size_t{100}, kSize / 2 + 20'000}) {
    ASSERT_TRUE(reader->Seek(at).ok());
    EXPECT_EQ(Take(*reader, 400), content_.substr(at, 400)) << at;
  }
  ASSERT_TRUE(reader->Seek(0).ok());
  EXPECT_EQ(Take(*reader, kSize), content_);
}

TEST_F(LongReaderTest, ReadsOnByAPlanAndKeepsOnlyWhatItNeeds) {
  auto reader = OpenLong(Long(kSparse));
  auto ranges = Every(500, 20, kSize);
  reader->Follow(std::make_unique<KnownPlan>(ranges));
  for (const ByteRange& range : ranges) {
    ASSERT_TRUE(reader->Seek(range.offset).ok());
    ASSERT_EQ(Take(*reader, range.size),
              content_.substr(range.offset, range.size));
  }
  EXPECT_LE(reader->ranges_fetched(), kShort);
  EXPECT_LE(store_.wanted_bytes(), ranges.size() * 20);
}

TEST_F(LongReaderTest, ReadsThroughNoGapThatIsWorthARequest) {
  auto reader = OpenLong(Long(kSparse));
  std::vector<ByteRange> ranges;
  for (uint64_t at = 0; at + 30'000 <= kSize; at += 33'000) {
    ranges.push_back({at, 30'000});
  }
  reader->Follow(std::make_unique<KnownPlan>(ranges));
  for (const ByteRange& range : ranges) {
    ASSERT_TRUE(reader->Seek(range.offset).ok());
    ASSERT_EQ(Take(*reader, range.size),
              content_.substr(range.offset, range.size));
  }
  EXPECT_GT(store_.longest_range(), kSize / 2);
  EXPECT_LE(store_.passed_bytes(), ranges.size() * 30'000 + 64);
}

TEST_F(LongReaderTest, ReportsAnObjectReplacedMeanwhile) {
  auto reader = OpenAndReadOn();
  store_.Put(path_, Pattern(kSize));
  std::vector<std::byte> out(1024);
  base::Result<size_t> count = out.size();
  while (count.ok() && *count > 0) count = reader->Read(out);
  EXPECT_EQ(count.status().code(), Code::kFailedPrecondition);
}

TEST_F(LongReaderTest, ReadsByShortRequestsWhereALongOneFails) {
  auto reader = OpenLong(Long());
  store_.FailLonger(1024, Status(Code::kUnavailable, "too long"));
  EXPECT_EQ(Take(*reader, kSize), content_);
  EXPECT_GT(store_.longest_range(), kSize / 2);
  EXPECT_GE(reader->ranges_fetched(), kSize / 1024);
}

TEST_F(LongReaderTest, ReportsWhatAShortRequestCannotBringEither) {
  auto reader = OpenAndReadOn();
  store_.FailLonger(0, Status(Code::kUnavailable, "down"));
  store_.Fail(Verb::kReadRange, Status(Code::kUnavailable, "down"), 1000);
  std::vector<std::byte> out(1024);
  base::Result<size_t> count = out.size();
  while (count.ok() && *count > 0) count = reader->Read(out);
  EXPECT_EQ(count.status().code(), Code::kUnavailable);
}

TEST_F(LongReaderTest, FetchesElsewhereWhileALongRequestStalls) {
  std::mutex mutex;
  std::condition_variable go_on;
  bool stalls = true;
  auto reader = OpenLong(Long());
  store_.OnPart([&](const ReadPart& part) {
    std::unique_lock lock(mutex);
    if (part.range.offset > 50'000 && part.range.offset < 60'000) {
      go_on.wait(lock, [&] { return !stalls; });
    }
  });
  Take(*reader, 50'000);
  for (uint64_t at : {size_t{150'000}, size_t{100}}) {
    ASSERT_TRUE(reader->Seek(at).ok());
    EXPECT_EQ(Take(*reader, 400), content_.substr(at, 400)) << at;
  }
  {
    std::lock_guard lock(mutex);
    stalls = false;
  }
  go_on.notify_all();
}

TEST_F(LongReaderTest, FetchesWhatALongRequestHasPassed) {
  std::mutex mutex;
  std::condition_variable go_on;
  bool stalls = true;
  auto reader = OpenLong(Long(kSparse));
  auto ranges = Every(500, 20, kSize);
  reader->Follow(std::make_unique<KnownPlan>(ranges));
  store_.OnPart([&](const ReadPart& part) {
    std::unique_lock lock(mutex);
    if (part.range.end() > 100'000) go_on.wait(lock, [&] { return !stalls; });
  });
  uint64_t stalled_from = 100'000 - kSparse.plan.max_range;
  for (const ByteRange& range : ranges) {
    if (range.end() > stalled_from) break;
    ASSERT_TRUE(reader->Seek(range.offset).ok());
    Take(*reader, range.size);
  }
  // In a hole of the range after the one that stalls.
  const uint64_t at = 104'400;
  const uint64_t fetched = reader->bytes_fetched();
  std::jthread user([&] {
    EXPECT_TRUE(reader->Seek(at).ok());
    EXPECT_EQ(Take(*reader, 10), content_.substr(at, 10));
  });
  while (reader->bytes_fetched() == fetched) std::this_thread::yield();
  {
    std::lock_guard lock(mutex);
    stalls = false;
  }
  go_on.notify_all();
}

TEST_F(LongReaderTest, SendsNoLongRequestWithOneThread) {
  ReaderOptions options = Long();
  options.threads = 1;
  auto reader = OpenLong(options);
  EXPECT_EQ(Take(*reader, kSize), content_);
  EXPECT_LE(store_.longest_range(), 1024u);
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

TEST_F(LongReaderTest, StopsWhileALongRequestWaits) {
  auto reader = OpenAndReadOn();
  stop_.request_stop();
  ASSERT_TRUE(reader->Seek(0).ok());
  EXPECT_EQ(ReadCode(*reader), Code::kCancelled);
}

TEST_F(LongReaderTest, ReadsByShortRequestsAgainWhereTheyAreFaster) {
  auto reader = OpenLong(Long());
  // Each request takes a second before it brings anything.
  store_.OnCall([this](Verb verb, const ObjectPath&) {
    if (verb == Verb::kReadRange) still_.Advance(std::chrono::seconds(1));
  });
  EXPECT_EQ(Take(*reader, kSize), content_);
  EXPECT_GT(store_.longest_range(), kSize / 2);
  EXPECT_GE(reader->ranges_fetched(), kSize / 1024);
}

}  // namespace
}  // namespace vexaa::objects

#include "lib/objects/object_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <random>

#include "tests/unit/lib/objects/object_reader_fixture.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Status;

TEST_F(ObjectReaderTest, ReadsTheWholeObjectInOrder) {
  auto reader = Open(100'000);
  EXPECT_EQ(Take(*reader, 200'000), content_);
  std::byte one;
  EXPECT_EQ(*reader->Read({&one, 1}), 0u);
  EXPECT_EQ(reader->bytes_fetched(), 100'000u);
  EXPECT_LE(reader->ranges_fetched(), 100'000u / 1024 + 6);
}

TEST_F(ObjectReaderTest, ReadsAnEmptyObject) {
  auto reader = Open(0);
  std::byte one;
  EXPECT_EQ(*reader->Read({&one, 1}), 0u);
  EXPECT_EQ(store_.Count(Verb::kReadRange), 0);
}

TEST_F(ObjectReaderTest, ReadsWhereverItIsSent) {
  auto reader = Open(50'000);
  uint64_t at = 17;
  for (int i = 0; i < 500; ++i) {
    at = (at * 48271 + 11) % 50'000;
    ASSERT_TRUE(reader->Seek(at).ok());
    size_t size = std::min<size_t>(300, 50'000 - at);
    ASSERT_EQ(Take(*reader, size), content_.substr(at, size)) << at;
    ASSERT_EQ(reader->offset(), at + size);
  }
}

TEST_F(ObjectReaderTest, ReadsRightThroughSkipsAndSteps) {
  auto reader = Open(50'000);
  std::minstd_rand random(7);
  uint64_t at = 0;
  for (int i = 0; i < 5000; ++i) {
    uint64_t step = random() % 400;
    bool jumps = random() % 20 == 0;
    at = jumps ? random() % 50'000
               : (random() % 3 == 0 ? at - std::min(at, step) : at + step);
    at = std::min<uint64_t>(at, 49'999);
    ASSERT_TRUE(reader->Seek(at).ok());
    size_t size = std::min<size_t>(random() % 200 + 1, 50'000 - at);
    ASSERT_EQ(Take(*reader, size), content_.substr(at, size)) << at;
    at += size;
  }
}

TEST_F(ObjectReaderTest, FetchesTheHeadOnceForATrailingIndex) {
  auto reader = Open(50'000);
  Take(*reader, 32);
  ASSERT_TRUE(reader->Seek(49'000).ok());
  Take(*reader, 1000);
  int before = store_.Count(Verb::kReadRange);
  ASSERT_TRUE(reader->Seek(0).ok());
  EXPECT_EQ(Take(*reader, 64), content_.substr(0, 64));
  // At most what is fetched ahead of the new place, nothing twice.
  EXPECT_LE(store_.Count(Verb::kReadRange), before + 1);
}

TEST_F(ObjectReaderTest, ReadsLittleMoreThanFarApartPieces) {
  auto reader = Open(200'000);
  for (uint64_t at = 0; at < 200'000; at += 10'000) {
    ASSERT_TRUE(reader->Seek(at).ok());
    EXPECT_EQ(Take(*reader, 20), content_.substr(at, 20));
  }
  EXPECT_LE(reader->bytes_fetched(), 20u * 64);
}

TEST_F(ObjectReaderTest, SeeksOnlyInsideTheObject) {
  auto reader = Open(100);
  EXPECT_TRUE(reader->Seek(100).ok());
  EXPECT_EQ(reader->Seek(101).code(), Code::kInvalidArgument);
}

TEST_F(ObjectReaderTest, ReportsAReplacedObject) {
  auto reader = Open(50'000);
  Take(*reader, 10);
  store_.Put(path_, Pattern(50'000));
  ASSERT_TRUE(reader->Seek(40'000).ok());
  EXPECT_EQ(ReadCode(*reader), Code::kFailedPrecondition);
}

TEST_F(ObjectReaderTest, ReportsAMissingObject) {
  auto reader = ObjectReader::Open(store_, path_, kSmall, clock_, {});
  EXPECT_EQ(reader.status().code(), Code::kNotFound);
}

TEST_F(ObjectReaderTest, ReportsAFailedRangeWhenItIsNeeded) {
  store_.Fail(Verb::kReadRange, Status(Code::kUnavailable, "down"));
  auto reader = Open(100);
  EXPECT_EQ(ReadCode(*reader), Code::kUnavailable);
}

TEST_F(ObjectReaderTest, EndsAWaitingReadWhenStopped) {
  std::once_flag stopped;
  auto reader = Open(100'000);
  store_.OnCall([&](Verb verb, const ObjectPath&) {
    if (verb != Verb::kReadRange) return;
    // None of the threads reads on before the stop has come through.
    std::call_once(stopped, [this] { stop_.request_stop(); });
  });
  EXPECT_EQ(ReadCode(*reader), Code::kCancelled);
}

TEST_F(ObjectReaderTest, ReadsByAPlanInFewRequestsAndKeepsLittle) {
  auto reader = Open(100'000, kSparse);
  auto ranges = Every(500, 20, 100'000);
  reader->Follow(std::make_unique<KnownPlan>(ranges));
  for (const ByteRange& range : ranges) {
    ASSERT_TRUE(reader->Seek(range.offset).ok());
    ASSERT_EQ(Take(*reader, range.size),
              content_.substr(range.offset, range.size));
  }
  EXPECT_LE(reader->ranges_fetched(), 100'000u / 4096 + 8);
  EXPECT_LE(store_.wanted_bytes(), ranges.size() * 20);
}

TEST_F(ObjectReaderTest, ReadsRightWhereThePlanLeftBytesOut) {
  auto reader = Open(100'000, kSparse);
  reader->Follow(std::make_unique<KnownPlan>(Every(500, 20, 100'000)));
  for (uint64_t at : {40, 540, 560, 570, 30, 1040, 2000, 1540}) {
    ASSERT_TRUE(reader->Seek(at).ok());
    ASSERT_EQ(Take(*reader, 200), content_.substr(at, 200)) << at;
  }
}

TEST_F(ObjectReaderTest, ReadsRightWhateverThePlanSays) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    auto reader = Open(50'000, kSparse);
    std::minstd_rand random(seed);
    uint64_t at = 0;
    for (int i = 0; i < 1000; ++i) {
      if (random() % 100 == 0) {
        reader->Follow(std::make_unique<KnownPlan>(
            Every(random() % 900 + 60, random() % 50 + 1, 50'000)));
      }
      at = random() % 10 == 0 ? random() % 50'000 : at + random() % 600;
      at = std::min<uint64_t>(at, 49'999);
      ASSERT_TRUE(reader->Seek(at).ok());
      size_t size = std::min<size_t>(random() % 100 + 1, 50'000 - at);
      ASSERT_EQ(Take(*reader, size), content_.substr(at, size)) << at;
    }
  }
}

TEST_F(ObjectReaderTest, FetchesSeveralRangesAtOnce) {
  std::latch three(3);
  std::atomic<int> calls = 0, together = 0;
  auto reader = Open(100'000, {.plan = {.first_range = 1024,
                                        .max_range = 1024,
                                        .join_gap = 0,
                                        .ahead = 2048},
                               .threads = 3,
                               .memory_bytes = 3072});
  store_.OnCall([&](Verb verb, const ObjectPath&) {
    if (verb != Verb::kReadRange || ++calls > 3) return;
    three.arrive_and_wait();  // only done when all three are under way
    ++together;
  });
  EXPECT_EQ(Take(*reader, 100'000), content_);
  EXPECT_EQ(together, 3);
}

}  // namespace
}  // namespace vexaa::objects

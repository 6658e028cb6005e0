// Abort beside Complete on a real RADOS Gateway, its garbage collected at once.
//
// An Abort that overlaps a Complete is answered OK beside it and hands the
// published object's data to the garbage collector, which destroys it hours
// later. So whoever aborts must first have taken the upload out of the
// publisher's reach (in the product: a guarded UPDATE of the job's row). These
// tests show both: what happens without that rule, and that nothing is lost
// with it.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <latch>
#include <thread>

#include "lib/base/digest.h"
#include "tests/conformance/object_store_s3_bench.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Status;

constexpr int kRounds = 40;

struct Round {
  ObjectPath path;
  std::string upload_id;
  StagedObject staged;
  Status completed, aborted;
};

class AbortBesideComplete : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("VEXAA_TEST_RGW_DIR");
    bench_ = S3Bench::Make();
    if (!bench_ || folder == nullptr) {
      GTEST_SKIP() << "VEXAA_TEST_S3_ENDPOINT or VEXAA_TEST_RGW_DIR is not "
                      "set: ./dev test starts a RADOS Gateway";
    }
    collect_ = "radosgw-admin -c '" + std::string(folder) +
               "/ceph.conf' gc process --include-all >/dev/null 2>&1";
  }

  ObjectStore& store() { return bench_->store(); }

  Round Stage(int number) {
    Round round{.path = bench_->Path("round-" + std::to_string(number))};
    round.upload_id = *store().Stage(round.path, {}, {});
    auto part = store().PutPart(round.path, round.upload_id, 1, 8 << 20,
                                base::AsBytes(content_), {});
    EXPECT_TRUE(part.ok()) << part.status();
    round.staged = *store().Seal(round.path, round.upload_id, {*part});
    return round;
  }

  // What became unreachable is destroyed now instead of hours later.
  void CollectGarbage() {
    for (int i = 0; i < 2; ++i) ASSERT_EQ(std::system(collect_.c_str()), 0);
  }

  bool IsThere(const Round& round) { return store().Head(round.path, {}).ok(); }

  bool IsWhole(const Round& round) {
    std::string read(content_.size(), '\0');
    auto bytes = std::as_writable_bytes(std::span(read));
    return store().ReadRange(round.path, "", 0, bytes, {}).ok() &&
           read == content_;
  }

  std::unique_ptr<S3Bench> bench_;
  std::string collect_;
  const std::string content_ = std::string(300'000, 'a');
};

TEST_F(AbortBesideComplete, AfterCompleteLeavesTheObjectWhole) {
  Round round = Stage(0);
  ASSERT_TRUE(
      store().Complete(round.path, round.upload_id, round.staged, {}).ok());
  EXPECT_TRUE(store().Abort(round.path, round.upload_id, {}).ok());
  CollectGarbage();
  EXPECT_TRUE(IsWhole(round));
}

TEST_F(AbortBesideComplete, BeforeCompletePublishesNothing) {
  Round round = Stage(0);
  ASSERT_TRUE(store().Abort(round.path, round.upload_id, {}).ok());
  EXPECT_EQ(
      store().Complete(round.path, round.upload_id, round.staged, {}).code(),
      Code::kNotFound);
  CollectGarbage();
  EXPECT_FALSE(IsThere(round));
}

// Documents the danger; how often it strikes is the server's affair.
TEST_F(AbortBesideComplete, WithoutARuleMayDestroyWhatWasPublished) {
  std::vector<Round> rounds;
  for (int i = 0; i < kRounds; ++i) {
    Round round = Stage(i);
    std::latch start(2);
    std::jthread aborter([&] {
      start.arrive_and_wait();
      // Spread over the time a Complete takes here, so that some overlap.
      std::this_thread::sleep_for(std::chrono::microseconds(500 * i));
      round.aborted = store().Abort(round.path, round.upload_id, {});
    });
    start.arrive_and_wait();
    round.completed =
        store().Complete(round.path, round.upload_id, round.staged, {});
    aborter.join();
    rounds.push_back(round);
  }
  CollectGarbage();
  int both = 0, lost = 0;
  for (const Round& round : rounds) {
    both += round.completed.ok() && round.aborted.ok();
    lost += round.completed.ok() && !IsWhole(round);
  }
  RecordProperty("both_answered_ok", both);
  RecordProperty("published_and_lost", lost);
  std::cout << "of " << kRounds << " rounds: Complete and Abort both OK in "
            << both << ", object lost in " << lost << "\n";
}

// The row of the job: left by exactly one of them.
enum class Row { kRunning, kPublishing, kCancelled };

TEST_F(AbortBesideComplete, ByTheRuleLosesNothingAndLeavesNothing) {
  std::vector<std::pair<Round, bool>> rounds;
  for (int i = 0; i < kRounds; ++i) {
    Round round = Stage(i);
    std::atomic<Row> row = Row::kRunning;
    auto leave = [&](Row to) {
      Row from = Row::kRunning;
      return row.compare_exchange_strong(from, to);
    };
    std::latch start(2);
    std::jthread canceller([&] {
      start.arrive_and_wait();
      if (leave(Row::kCancelled)) {
        round.aborted = store().Abort(round.path, round.upload_id, {});
      }
    });
    start.arrive_and_wait();
    if (i % 2 == 0) std::this_thread::yield();
    bool publishes = leave(Row::kPublishing);
    if (publishes) {
      ASSERT_TRUE(store().Inspect(round.path, round.upload_id, {}).ok());
      round.completed =
          store().Complete(round.path, round.upload_id, round.staged, {});
    }
    canceller.join();
    EXPECT_TRUE(round.completed.ok()) << round.completed;
    EXPECT_TRUE(round.aborted.ok()) << round.aborted;
    rounds.emplace_back(round, publishes);
  }
  CollectGarbage();
  for (const auto& [round, published] : rounds) {
    EXPECT_EQ(IsThere(round), published) << round.path.key;
    EXPECT_EQ(IsWhole(round), published) << round.path.key;
    EXPECT_TRUE(store().FindOpen(round.path, {})->empty());
  }
}

}  // namespace
}  // namespace vexaa::objects

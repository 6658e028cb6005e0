#include "controller/leadership.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/fakes/manual_clock.h"
#include "tests/unit/controller/bench.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::Result;
using base::Status;
using std::chrono::seconds;

// One lease that may be out of reach.
class FakeLease final : public kube::LeaseClient {
 public:
  Result<kube::Lease> Get(std::string_view, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (down_) return Status(Code::kUnavailable, "down");
    if (!lease_) return Status(Code::kNotFound, "no lease");
    return *lease_;
  }
  Result<kube::Lease> Create(const kube::Lease& lease,
                             std::stop_token) override {
    return Store(lease);
  }
  Result<kube::Lease> Update(const kube::Lease& lease,
                             std::stop_token) override {
    return Store(lease);
  }
  void SetDown(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  std::string holder() {
    const std::lock_guard lock(mutex_);
    return lease_ ? lease_->holder : "";
  }

 private:
  Result<kube::Lease> Store(const kube::Lease& lease) {
    const std::lock_guard lock(mutex_);
    if (down_) return Status(Code::kUnavailable, "down");
    lease_ = lease;
    lease_->resource_version = std::to_string(++version_);
    return *lease_;
  }

  std::mutex mutex_;
  std::optional<kube::Lease> lease_;
  int version_ = 0;
  bool down_ = false;
};

// A term that says when it begins and ends.
class Terms {
 public:
  void Run(std::stop_token stop) {
    Change(+1);
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, stop, [] { return false; });
    Change(-1);
  }
  void AwaitBegun(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= count; });
  }
  int open() {
    std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  void Change(int by) {
    std::lock_guard lock(mutex_);
    open_ += by;
    if (by > 0) ++begun_;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int begun_ = 0;
  int open_ = 0;
};

class LeaseLeadershipTest : public testing::Test {
 protected:
  std::jthread Start() {
    return std::jthread([this](std::stop_token stop) {
      leadership_.Run([this](std::stop_token term) { terms_.Run(term); }, stop);
    });
  }

  base::ManualClock clock_;
  std::ostringstream lines_;
  base::Logger log_{lines_, base::LogFormat::kText, base::LogLevel::kInfo,
                    clock_};
  FakeLease lease_;
  LeaseLeadership leadership_{
      lease_, clock_, log_, {.lease_name = "l", .identity = "me"}};
  Terms terms_;
};

constexpr seconds kPause{3};

TEST_F(LeaseLeadershipTest, WorksWhileItHoldsTheLeaseAndGivesItUpAtTheEnd) {
  std::jthread run = Start();
  terms_.AwaitBegun(1);
  EXPECT_TRUE(leadership_.leading());
  EXPECT_EQ(lease_.holder(), "me");
  run.request_stop();
  run.join();
  EXPECT_EQ(terms_.open(), 0);
  EXPECT_FALSE(leadership_.leading());
  EXPECT_EQ(lease_.holder(), "");
}

TEST_F(LeaseLeadershipTest, StopsWorkingWhenTheLeaseIsLostAndLeadsAgainLater) {
  std::jthread run = Start();
  terms_.AwaitBegun(1);
  lease_.SetDown(true);
  for (int i = 0; i < 5; ++i) {
    clock_.WaitForSleeper(kPause);
    clock_.Advance(kPause);
  }
  clock_.WaitForSleeper(kPause);
  EXPECT_FALSE(leadership_.leading());
  EXPECT_EQ(terms_.open(), 0);
  EXPECT_FALSE(leadership_.Health().ok());
  lease_.SetDown(false);
  clock_.Advance(kPause);
  terms_.AwaitBegun(2);
  EXPECT_TRUE(leadership_.leading());
}

TEST(Starter, CreatesNoPodOnceItLeadsNoMore) {
  World world;
  OneController me(world);
  jobs::JobId id = world.Submit();
  me.Claim();
  me.leadership.SetLeading(false);
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 0);
  EXPECT_EQ(world.Row(id).state, jobs::JobState::kClaimed);
  me.leadership.SetLeading(true);
  me.Settle(id);
  EXPECT_EQ(world.pods.create_count(), 1);
}

}  // namespace
}  // namespace vexaa::controller

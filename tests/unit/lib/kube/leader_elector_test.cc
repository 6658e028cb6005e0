#include "lib/kube/leader_elector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/fakes/manual_clock.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Result;
using base::Status;
using std::chrono::seconds;

// One lease with a version; refuses what does not name the newest.
class FakeLeases final : public LeaseClient {
 public:
  Result<Lease> Get(std::string_view, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (down_) return Down();
    if (!lease_) return Status(Code::kNotFound, "no lease");
    return *lease_;
  }
  Result<Lease> Create(const Lease& lease, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (down_) return Down();
    if (lease_) return Status(Code::kAlreadyExists, "there is one");
    return Store(lease);
  }
  Result<Lease> Update(const Lease& lease, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (down_) return Down();
    if (!lease_ || lease_->resource_version != lease.resource_version) {
      return Status(Code::kAborted, "it has changed");
    }
    return Store(lease);
  }

  void SetDown(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  void Steal(const std::string& holder) {
    const std::lock_guard lock(mutex_);
    Lease lease = *lease_;
    lease.holder = holder;
    (void)Store(lease);
  }
  void AwaitWrites(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return version_ >= count; });
  }
  Lease lease() {
    const std::lock_guard lock(mutex_);
    return lease_.value_or(Lease{});
  }

 private:
  static Status Down() { return {Code::kUnavailable, "down"}; }
  Result<Lease> Store(const Lease& lease) {
    lease_ = lease;
    lease_->resource_version = std::to_string(++version_);
    changed_.notify_all();
    return *lease_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Lease> lease_;
  int version_ = 0;
  bool down_ = false;
};

// An elector on a thread of its own.
class Candidate {
 public:
  Candidate(FakeLeases& leases, base::Clock& clock, base::Logger& log,
            const std::string& identity)
      : elector_(leases, clock, log, {"lease", identity, {}}),
        thread_([this](std::stop_token stop) {
          end_ = elector_.Run(stop, [this] { Led(); });
        }) {}

  bool leading() const { return elector_.leading(); }
  void AwaitLead() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return led_; });
  }
  // As a kill: nothing is given up.
  void Kill() {
    thread_.request_stop();
    thread_.join();
  }
  // After Kill(): the second half of an orderly stop.
  void GiveUp() { elector_.GiveUp({}); }
  Status AwaitEnd() {
    thread_.join();
    return end_;
  }

 private:
  void Led() {
    const std::lock_guard lock(mutex_);
    led_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool led_ = false;
  Status end_;
  LeaderElector elector_;
  std::jthread thread_;
};

class LeaderElectorTest : public testing::Test {
 protected:
  std::ostringstream text_;
  base::ManualClock clock_;
  base::Logger log_{text_, base::LogFormat::kText, base::LogLevel::kInfo,
                    clock_};
  FakeLeases leases_;
};

constexpr seconds kPause{3};  // a retry and its jitter

TEST_F(LeaderElectorTest, LeadsWhenNobodyElseDoesAndRenews) {
  Candidate a(leases_, clock_, log_, "a");
  a.AwaitLead();
  EXPECT_TRUE(a.leading());
  for (int write = 2; write < 12; ++write) {
    clock_.WaitForSleeper(kPause);
    clock_.Advance(seconds(2));
    leases_.AwaitWrites(write);
  }
  EXPECT_TRUE(a.leading());
  EXPECT_EQ(leases_.lease().transitions, 0);
}

TEST_F(LeaderElectorTest, TakesOverWhenTheLeaderDied) {
  Candidate a(leases_, clock_, log_, "a");
  a.AwaitLead();
  a.Kill();
  const base::Duration died_at = clock_.Elapsed();
  Candidate b(leases_, clock_, log_, "b");
  // What b sees and does is one thing only while it sleeps.
  clock_.WaitForSleeper(kPause);
  while (leases_.lease().holder == "a") {
    EXPECT_FALSE(b.leading());
    clock_.Advance(std::chrono::milliseconds(100));
    clock_.WaitForSleeper(kPause);
  }
  b.AwaitLead();
  EXPECT_GT(clock_.Elapsed() - died_at, seconds(15));
  EXPECT_LE(clock_.Elapsed() - died_at, seconds(18));
  EXPECT_EQ(leases_.lease().transitions, 1);
}

TEST_F(LeaderElectorTest, TakesOverSoonFromOneThatStopped) {
  Candidate a(leases_, clock_, log_, "a");
  a.AwaitLead();
  a.Kill();
  Candidate b(leases_, clock_, log_, "b");
  clock_.WaitForSleeper(kPause);  // b has found a's lease
  a.GiveUp();
  EXPECT_FALSE(a.leading());
  EXPECT_EQ(leases_.lease().holder, "");
  clock_.Advance(kPause);
  b.AwaitLead();
}

TEST_F(LeaderElectorTest, StopsLeadingTenSecondsAfterItsLastRenewal) {
  Candidate a(leases_, clock_, log_, "a");
  a.AwaitLead();
  leases_.SetDown(true);
  clock_.WaitForSleeper(kPause);
  clock_.Advance(std::chrono::milliseconds(9999));
  clock_.WaitForSleeper(kPause);  // it has tried in vain
  EXPECT_TRUE(a.leading());
  clock_.Advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(a.leading());
  clock_.Advance(kPause);
  EXPECT_EQ(a.AwaitEnd().code(), Code::kAborted);
}

TEST_F(LeaderElectorTest, EndsWhenAnotherTookTheLease) {
  Candidate a(leases_, clock_, log_, "a");
  a.AwaitLead();
  clock_.WaitForSleeper(kPause);
  leases_.Steal("b");
  clock_.Advance(kPause);
  EXPECT_EQ(a.AwaitEnd().code(), Code::kAborted);
  EXPECT_EQ(leases_.lease().holder, "b");
}

TEST_F(LeaderElectorTest, GoesOnWhenTheReplyToItsRenewalWasLost) {
  Candidate a(leases_, clock_, log_, "a");
  a.AwaitLead();
  clock_.WaitForSleeper(kPause);
  leases_.Steal("a");  // a write of ours that we know nothing of: version 2
  clock_.Advance(seconds(2));
  clock_.WaitForSleeper(kPause);
  clock_.Advance(seconds(2));
  clock_.WaitForSleeper(kPause);
  clock_.Advance(seconds(2));
  leases_.AwaitWrites(3);
  EXPECT_TRUE(a.leading());
}

TEST_F(LeaderElectorTest, WaitsForAServerThatIsDown) {
  leases_.SetDown(true);
  Candidate a(leases_, clock_, log_, "a");
  clock_.WaitForSleeper(kPause);
  EXPECT_FALSE(a.leading());
  leases_.SetDown(false);
  clock_.Advance(kPause);
  a.AwaitLead();
}

}  // namespace
}  // namespace vexaa::kube

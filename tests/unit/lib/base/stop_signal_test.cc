#include "lib/base/stop_signal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>

namespace vexaa::base {
namespace {

using namespace std::chrono_literals;

// Bounded only so that a failure is seen.
bool AwaitStop(const StopSignal& signal) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, signal.token(), 60s, [] { return false; });
  return signal.token().stop_requested();
}

TEST(StopSignal, TurnsSigtermAndSigintIntoAStop) {
  for (int signal : {SIGTERM, SIGINT}) {
    StopSignal stop;
    EXPECT_FALSE(stop.token().stop_requested());
    ::kill(::getpid(), signal);
    EXPECT_TRUE(AwaitStop(stop));
  }
}

TEST(StopSignal, StopsByHandToo) {
  StopSignal stop;
  stop.RequestStop();
  EXPECT_TRUE(stop.token().stop_requested());
}

TEST(StopSignal, LeavesABrokenPipeToTheWriter) {
  StopSignal stop;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

}  // namespace
}  // namespace vexaa::base

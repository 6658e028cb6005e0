#include "controller/bell.h"

#include <gtest/gtest.h>

#include <thread>

namespace vexaa::controller {
namespace {

using namespace std::chrono_literals;

TEST(Bell, IsHeardOnceByWhoComesLater) {
  Bell bell;
  bell.Ring();
  bell.Ring();
  EXPECT_TRUE(bell.Wait(1h, {}));
  EXPECT_FALSE(bell.Wait(0s, {}));
}

TEST(Bell, WakesWhoWaits) {
  Bell bell;
  std::jthread ringer([&] { bell.Ring(); });
  EXPECT_TRUE(bell.Wait(1h, {}));
}

TEST(Bell, EndsItsWaitWhenStopped) {
  Bell bell;
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(bell.Wait(1h, source.get_token()));
}

}  // namespace
}  // namespace vexaa::controller

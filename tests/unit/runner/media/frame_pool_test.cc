#include "runner/media/frame_pool.h"

#include <gtest/gtest.h>

#include <stop_token>
#include <thread>
#include <utility>

namespace vexaa::media {
namespace {

constexpr int kSamples = 960;

FrameFormat Stereo() {
  return {AV_SAMPLE_FMT_FLT, 48'000, AV_CHANNEL_LAYOUT_STEREO};
}

TEST(FramePool, GivesTheSameSamplesAgain) {
  FramePool pool(Stereo(), kSamples, 8);
  auto frame = pool.Take();
  ASSERT_TRUE(frame.ok()) << frame.status();
  const uint8_t* samples = (*frame)->data[0];
  (*frame)->nb_samples = 5;
  pool.Give(std::move(*frame));
  auto again = pool.Take();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->data[0], samples);
  EXPECT_EQ((*again)->nb_samples, kSamples);
}

TEST(FramePool, KeepsNoFrameThatSomebodyHolds) {
  FramePool pool(Stereo(), kSamples, 8);
  auto frame = pool.Take();
  ASSERT_TRUE(frame.ok()) << frame.status();
  FramePtr held(av_frame_clone(frame->get()));
  pool.Give(std::move(*frame));
  auto other = pool.Take();
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_NE((*other)->data[0], held->data[0]);
}

TEST(FramePool, WaitsForRoomWhenAllFramesAreOut) {
  FramePool pool(Stereo(), kSamples, 2);
  auto first = pool.Take();
  auto second = pool.Take();
  ASSERT_TRUE(first.ok() && second.ok());
  const uint8_t* samples = (*second)->data[0];
  std::jthread other([&] { pool.Give(std::move(*second)); });
  auto third = pool.Take();
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ((*third)->data[0], samples);
}

TEST(FramePool, HasRoomAgainForFramesThatSomebodyKept) {
  FramePool pool(Stereo(), kSamples, 1);
  auto frame = pool.Take();
  ASSERT_TRUE(frame.ok()) << frame.status();
  FramePtr held(av_frame_clone(frame->get()));
  pool.Give(std::move(*frame));
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_TRUE(pool.Take(stopped.get_token()).ok());
}

TEST(FramePool, EndsTheWaitWhenItIsStopped) {
  FramePool pool(Stereo(), kSamples, 1);
  auto frame = pool.Take();
  ASSERT_TRUE(frame.ok()) << frame.status();
  std::stop_source stop;
  std::jthread other([&] { stop.request_stop(); });
  EXPECT_EQ(pool.Take(stop.get_token()).status().code(),
            base::Code::kCancelled);
}

}  // namespace
}  // namespace vexaa::media

#include "runner/media/frame_pool.h"

#include <gtest/gtest.h>

namespace vexaa::media {
namespace {

constexpr int kSamples = 960;

FrameFormat Stereo() {
  return {AV_SAMPLE_FMT_FLT, 48'000, AV_CHANNEL_LAYOUT_STEREO};
}

TEST(FramePool, GivesTheSameSamplesAgain) {
  FramePool pool(Stereo(), kSamples);
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
  FramePool pool(Stereo(), kSamples);
  auto frame = pool.Take();
  ASSERT_TRUE(frame.ok()) << frame.status();
  FramePtr held(av_frame_clone(frame->get()));
  pool.Give(std::move(*frame));
  auto other = pool.Take();
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_NE((*other)->data[0], held->data[0]);
}

}  // namespace
}  // namespace vexaa::media

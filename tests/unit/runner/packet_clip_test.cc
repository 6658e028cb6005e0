#include "runner/packet_clip.h"

#include <gtest/gtest.h>

#include <vector>

namespace vexaa::runner {
namespace {

constexpr int kRate = 48'000;
constexpr int64_t kFrame = 480;  // 10 ms

PacketClipRules RulesFor(const jobs::Clip& clip, int64_t preroll) {
  return {.clip = clip,
          .tick_seconds = 1.0 / kRate,
          .sample_rate = kRate,
          .preroll = preroll};
}

// The chosen packets' positions, of packets at these times (samples).
std::vector<int64_t> Choose(PacketClip& clip, const std::vector<int64_t>& times,
                            int64_t samples = kFrame, int bytes = 10) {
  std::vector<int64_t> positions;
  for (int64_t time : times) {
    media::PacketPtr packet(av_packet_alloc());
    EXPECT_EQ(av_new_packet(packet.get(), bytes), 0);
    packet->pts = packet->dts = time;
    std::vector<PlacedPacket> chosen;
    EXPECT_TRUE(clip.Take(*packet, samples, chosen).ok());
    for (const PlacedPacket& placed : chosen)
      positions.push_back(placed.position);
  }
  return positions;
}

std::vector<int64_t> Times(int64_t count, int64_t step = kFrame) {
  std::vector<int64_t> times;
  for (int64_t i = 0; i < count; ++i) times.push_back(i * step);
  return times;
}

TEST(PacketClip, BeginsWithThePreroll) {
  PacketClip clip(RulesFor({50'000, 10'000}, 2 * kFrame));
  EXPECT_EQ(Choose(clip, Times(10)),
            (std::vector<int64_t>{3 * kFrame, 4 * kFrame, 5 * kFrame}));
  EXPECT_TRUE(clip.ended());
}

TEST(PacketClip, CountsThePrerollBySoundWhereTimesJump) {
  PacketClip clip(RulesFor({500'000, 10'000}, 2 * kFrame));
  // 40 ms, then half a second is jumped over.
  EXPECT_EQ(Choose(clip, {0, 480, 960, 1440, 24'000}),
            (std::vector<int64_t>{960, 1440, 24'000}));
}

TEST(PacketClip, KeepsTheEncodersDelayOfTheBeginning) {
  auto rules = RulesFor({0, 10'000}, 0);
  rules.delay = 2 * kFrame;
  PacketClip clip(rules);
  EXPECT_EQ(Choose(clip, Times(4)),
            (std::vector<int64_t>{-2 * kFrame, -kFrame, 0}));
}

TEST(PacketClip, KeepsFewPacketsOfADelayThatIsNone) {
  auto rules = RulesFor({0, 10'000}, 0);
  rules.delay = 1'000 * kFrame;
  PacketClip clip(rules);
  EXPECT_LE(Choose(clip, Times(1'001)).size(), 129u);
}

TEST(PacketClip, KeepsFewPacketsThatTellNoLength) {
  PacketClip clip(RulesFor({50'000, 0}, kFrame));
  Choose(clip, std::vector<int64_t>(5'000, 0), 0);
  EXPECT_LE(Choose(clip, {2'400}).size(), 130u);
}

TEST(PacketClip, KeepsFewBytes) {
  auto rules = RulesFor({0, 10'000}, 0);
  rules.delay = 100 * kFrame;
  PacketClip clip(rules);
  EXPECT_LE(Choose(clip, Times(101), kFrame, 1 << 20).size(), 5u);
}

}  // namespace
}  // namespace vexaa::runner

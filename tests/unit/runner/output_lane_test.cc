#include "runner/output_lane.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stop_token>
#include <vector>

#include "lib/jobs/reason.h"
#include "tests/unit/runner/media/frames.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

using media::MemorySink;

constexpr int kRate = 48'000;
// Longer than all that a lane holds back, many times.
constexpr int kMostSeconds = 600;

// Opus is encoded in stretches of 12 s; MP3 by one encoder.
class EveryLane : public testing::TestWithParam<const char*> {
 protected:
  const LaneRequest request_{.profile = *jobs::FindBuiltInProfile(GetParam())};
  const SoundFormat sound_{.sample_rate = kRate, .channels = 2, .bits = 16};

  static media::FramePtr Tone(int samples) {
    std::vector<float> tone;
    for (int i = 0; i < samples; ++i)
      tone.insert(tone.end(), 2,
                  static_cast<float>(0.3 * std::sin(i * 0.0576)));
    return media::MakeSound(tone, AV_SAMPLE_FMT_FLT, kRate, 2);
  }
};

TEST_P(EveryLane, EncodesEverySampleOfALongSound) {
  MemorySink sink;
  OutputLane lane(request_, sink, {});
  const media::FramePtr second = Tone(kRate);
  for (int i = 0; i < 70; ++i) {
    auto pushed = lane.Push(*second, sound_);
    ASSERT_TRUE(pushed.ok()) << pushed;
  }
  ASSERT_TRUE(lane.Push(*Tone(101), sound_).ok());
  auto report = lane.Finish();
  ASSERT_TRUE(report.ok()) << report.status();
  const double expected = 70 + 101.0 / kRate;
  EXPECT_NEAR(static_cast<double>(report->samples) / report->format.sample_rate,
              expected, 1e-3);
  EXPECT_TRUE(sink.finished);
  EXPECT_EQ(report->bytes, sink.File().size());
}

TEST_P(EveryLane, TellsWhoPushesOfTheSinksError) {
  MemorySink sink(64 << 10);
  sink.fail_at = 200'000;
  OutputLane lane(request_, sink, {});
  const media::FramePtr second = Tone(kRate);
  auto pushed = base::Status::Ok();
  for (int i = 0; i < kMostSeconds && pushed.ok(); ++i)
    pushed = lane.Push(*second, sound_);
  EXPECT_EQ(pushed.code(), base::Code::kUnavailable) << pushed;
}

TEST_P(EveryLane, StopsInTheMiddle) {
  MemorySink sink;
  std::stop_source stop;
  OutputLane lane(request_, sink, stop.get_token());
  const media::FramePtr second = Tone(kRate);
  auto pushed = base::Status::Ok();
  for (int i = 0; i < kMostSeconds && pushed.ok(); ++i) {
    if (i == 30) stop.request_stop();
    pushed = lane.Push(*second, sound_);
  }
  EXPECT_EQ(pushed.code(), base::Code::kCancelled) << pushed;
  EXPECT_FALSE(sink.finished);
}

INSTANTIATE_TEST_SUITE_P(Profiles, EveryLane,
                         testing::Values("opus-96k", "mp3-128k"),
                         [](const auto& info) {
                           return std::string(info.param).substr(0, 4) == "opus"
                                      ? "Opus"
                                      : "Mp3";
                         });

}  // namespace
}  // namespace vexaa::runner

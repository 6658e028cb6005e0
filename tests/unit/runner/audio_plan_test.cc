#include "runner/audio_plan.h"

#include <gtest/gtest.h>

#include <vector>

#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

AudioTrack Track(int index) {
  AudioTrack track;
  track.index = index;
  track.codec = "aac";
  track.decodable = true;
  return track;
}

TEST(ChooseTrack, SaysThatThereIsNoSound) {
  auto choice = ChooseTrack({});
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(jobs::ReasonOf(choice.status()), jobs::Reason::kNoAudioStream);
}

TEST(ChooseTrack, NamesTheCodecThatCannotBeDecoded) {
  std::vector tracks = {Track(1)};
  tracks[0].codec = "ac4";
  tracks[0].decodable = false;
  auto choice = ChooseTrack(tracks);
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(jobs::ReasonOf(choice.status()), jobs::Reason::kUnsupportedCodec);
  EXPECT_NE(choice.status().message().find("ac4"), std::string::npos);
}

TEST(ChooseTrack, PrefersTheDefaultTrack) {
  std::vector tracks = {Track(1), Track(2)};
  tracks[1].is_default = true;
  EXPECT_EQ(ChooseTrack(tracks)->index, 2);
}

TEST(ChooseTrack, TakesTheFirstWhenNoneIsDefault) {
  std::vector tracks = {Track(1), Track(2)};
  EXPECT_EQ(ChooseTrack(tracks)->index, 1);
}

TEST(ChooseTrack, SkipsACommentaryEvenIfItIsTheDefault) {
  std::vector tracks = {Track(1), Track(2)};
  tracks[0].is_default = tracks[0].is_commentary = true;
  EXPECT_EQ(ChooseTrack(tracks)->index, 2);
}

TEST(ChooseTrack, TakesADescriptionWhenThereIsNothingElse) {
  std::vector tracks = {Track(1)};
  tracks[0].is_description = true;
  EXPECT_EQ(ChooseTrack(tracks)->index, 1);
}

TEST(ChooseTrack, SkipsATrackThatCannotBeDecoded) {
  std::vector tracks = {Track(1), Track(2)};
  tracks[0].is_default = true;
  tracks[0].decodable = false;
  EXPECT_EQ(ChooseTrack(tracks)->index, 2);
}

TEST(PlanOutput, TakesTheProfilesRateAndChannels) {
  OutputFormat format = PlanOutput(*jobs::FindBuiltInProfile("mp3-320k"),
                                   {.sample_rate = 48'000, .channels = 6});
  EXPECT_EQ(format.sample_rate, 44'100);
  EXPECT_EQ(format.channels, 2);
  EXPECT_EQ(format.bitrate, 320'000);
}

TEST(PlanOutput, KeepsTheSourcesOwnForWav) {
  OutputFormat format = PlanOutput(*jobs::FindBuiltInProfile("wav"),
                                   {.sample_rate = 11'025, .channels = 6});
  EXPECT_EQ(format.sample_rate, 11'025);
  EXPECT_EQ(format.channels, 6);
}

TEST(PlanOutput, KeepsTwentyFourBitsOnlyForFlac) {
  SoundFormat deep{.sample_rate = 48'000, .channels = 2, .bits = 24};
  EXPECT_EQ(PlanOutput(*jobs::FindBuiltInProfile("flac"), deep).bits, 24);
  EXPECT_EQ(PlanOutput(*jobs::FindBuiltInProfile("wav"), deep).bits, 16);
}

TEST(PlanOutput, GoesToTheNearestRateThatMp3Has) {
  jobs::Profile profile{"mine", jobs::Codec::kMp3, 128'000, 0, 0};
  SoundFormat high{.sample_rate = 96'000, .channels = 6};
  EXPECT_EQ(PlanOutput(profile, high).sample_rate, 48'000);
  EXPECT_EQ(PlanOutput(profile, high).channels, 2);
}

}  // namespace
}  // namespace vexaa::runner

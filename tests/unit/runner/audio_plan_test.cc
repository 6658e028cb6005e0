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
  EXPECT_EQ(ChooseTrack(tracks)->number, 1);
}

TEST(ChooseTrack, TakesTheFirstWhenNoneIsDefault) {
  std::vector tracks = {Track(1), Track(2)};
  EXPECT_EQ(ChooseTrack(tracks)->number, 0);
}

TEST(ChooseTrack, SkipsACommentaryEvenIfItIsTheDefault) {
  std::vector tracks = {Track(1), Track(2)};
  tracks[0].is_default = tracks[0].is_commentary = true;
  EXPECT_EQ(ChooseTrack(tracks)->number, 1);
}

TEST(ChooseTrack, TakesADescriptionWhenThereIsNothingElse) {
  std::vector tracks = {Track(1)};
  tracks[0].is_description = true;
  EXPECT_EQ(ChooseTrack(tracks)->number, 0);
}

jobs::TrackSelector Number(int number) {
  return {jobs::TrackSelector::By::kNumber, number, ""};
}

jobs::TrackSelector Language(const char* language) {
  return {jobs::TrackSelector::By::kLanguage, 0, language};
}

TEST(ChooseTrack, TakesTheTrackOfThatNumberWhateverItIs) {
  std::vector tracks = {Track(1), Track(4)};
  tracks[0].is_default = true;
  tracks[1].is_commentary = true;
  auto choice = ChooseTrack(tracks, Number(1));
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->number, 1);
  EXPECT_EQ(choice->why, "track 1 as asked, of 2");
}

TEST(ChooseTrack, SaysHowManyTracksThereAre) {
  std::vector tracks = {Track(1), Track(2)};
  auto choice = ChooseTrack(tracks, Number(2));
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(jobs::ReasonOf(choice.status()), jobs::Reason::kNoAudioStream);
  EXPECT_EQ(choice.status().message(),
            "there is no audio track 2: the source has 2 audio tracks, counted "
            "from 0");
}

TEST(ChooseTrack, KnowsEveryNameOfALanguage) {
  std::vector tracks = {Track(1), Track(2)};
  tracks[0].language = "eng";
  tracks[1].language = "ger";
  for (const char* name : {"deu", "ger", "de", "DE", "de-AT"}) {
    auto choice = ChooseTrack(tracks, Language(name));
    ASSERT_TRUE(choice.ok()) << choice.status();
    EXPECT_EQ(choice->number, 1) << name;
  }
}

TEST(ChooseTrack, RanksSeveralTracksOfOneLanguage) {
  std::vector tracks = {Track(1), Track(2), Track(3)};
  for (auto& track : tracks) track.language = "fra";
  tracks[0].is_commentary = true;
  tracks[2].is_default = true;
  auto choice = ChooseTrack(tracks, Language("fr"));
  EXPECT_EQ(choice->number, 2);
  EXPECT_EQ(choice->why, "the default track in 'fr'");
}

TEST(ChooseTrack, NamesTheLanguagesThatThereAre) {
  std::vector tracks = {Track(1), Track(2)};
  tracks[0].language = "eng";
  auto choice = ChooseTrack(tracks, Language("jpn"));
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(jobs::ReasonOf(choice.status()), jobs::Reason::kNoAudioStream);
  EXPECT_EQ(choice.status().message(),
            "there is no audio track in language 'jpn'; the source has 2 audio "
            "tracks: eng, unknown");
}

TEST(ChooseTrack, TakesAnyTrackThatNeedsNoDecoder) {
  std::vector tracks = {Track(1)};
  tracks[0].decodable = false;
  EXPECT_FALSE(ChooseTrack(tracks, {}, true).ok());
  EXPECT_TRUE(ChooseTrack(tracks, {}, false).ok());
}

std::vector<jobs::OutputPlan> AllTracks(int count) {
  std::vector<jobs::OutputPlan> outputs;
  for (int i = 0; i < count; ++i)
    outputs.push_back(
        {.index = i, .track = Number(i), .if_track_exists = true});
  return outputs;
}

TEST(CheckAllTracks, HasRoomForAsManyAsArePlanned) {
  EXPECT_TRUE(CheckAllTracks(1, AllTracks(8)).ok());
  EXPECT_TRUE(CheckAllTracks(8, AllTracks(8)).ok());
  auto many = CheckAllTracks(9, AllTracks(8));
  EXPECT_EQ(jobs::ReasonOf(many), jobs::Reason::kInvalidJob);
  EXPECT_NE(many.message().find("a job makes 8 outputs at most"),
            std::string::npos);
  EXPECT_EQ(jobs::ReasonOf(CheckAllTracks(0, AllTracks(8))),
            jobs::Reason::kNoAudioStream);
  EXPECT_TRUE(CheckAllTracks(0, {}).ok());
}

TEST(ChooseTrack, SkipsATrackThatCannotBeDecoded) {
  std::vector tracks = {Track(1), Track(2)};
  tracks[0].is_default = true;
  tracks[0].decodable = false;
  EXPECT_EQ(ChooseTrack(tracks)->number, 1);
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

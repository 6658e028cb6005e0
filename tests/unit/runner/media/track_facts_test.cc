#include "runner/media/track_facts.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace vexaa::media {
namespace {

// The facts of an audio stream with that title and disposition.
runner::AudioTrack TrackOf(const std::string& title, int disposition = 0) {
  std::unique_ptr<AVFormatContext, decltype(&avformat_free_context)> format(
      avformat_alloc_context(), &avformat_free_context);
  AVStream* video = avformat_new_stream(format.get(), nullptr);
  video->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  AVStream* stream = avformat_new_stream(format.get(), nullptr);
  stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
  stream->codecpar->codec_id = AV_CODEC_ID_AAC;
  stream->disposition = disposition;
  av_dict_set(&stream->metadata, "title", title.c_str(), 0);
  av_dict_set(&stream->metadata, "language", "und", 0);
  auto tracks = DescribeTracks(*format);
  EXPECT_EQ(tracks.size(), 1u);
  return tracks.empty() ? runner::AudioTrack{} : tracks[0];
}

TEST(TrackFacts, KnowACommentaryByItsTitleOrItsDisposition) {
  EXPECT_TRUE(TrackOf("Director's COMMENTARY").is_commentary);
  EXPECT_TRUE(TrackOf("", AV_DISPOSITION_COMMENT).is_commentary);
  EXPECT_FALSE(TrackOf("English").is_commentary);
}

TEST(TrackFacts, KnowAnAudioDescriptionByItsTitleOrItsDisposition) {
  EXPECT_TRUE(TrackOf("English (Audio Description)").is_description);
  EXPECT_TRUE(TrackOf("", AV_DISPOSITION_VISUAL_IMPAIRED).is_description);
  EXPECT_TRUE(TrackOf("", AV_DISPOSITION_DESCRIPTIONS).is_description);
  EXPECT_FALSE(TrackOf("Audio").is_description);
}

TEST(TrackFacts, AreOfAudioStreamsByTheirNumberInTheFile) {
  runner::AudioTrack track = TrackOf("English", AV_DISPOSITION_DEFAULT);
  EXPECT_EQ(track.index, 1);
  EXPECT_EQ(track.codec, "aac");
  EXPECT_TRUE(track.decodable);
  EXPECT_TRUE(track.is_default);
  EXPECT_EQ(track.language, "") << "undetermined is none";
}

}  // namespace
}  // namespace vexaa::media

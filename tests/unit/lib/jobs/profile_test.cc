#include "lib/jobs/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/jobs/reason.h"

namespace vexaa::jobs {
namespace {

using ::testing::HasSubstr;

void ExpectRefused(std::string_view settings, const std::string& rule) {
  auto profile = ParseProfile("mine", settings);
  ASSERT_FALSE(profile.ok()) << settings;
  EXPECT_EQ(ReasonOf(profile.status()), Reason::kInvalidJob);
  EXPECT_THAT(profile.status().message(), HasSubstr(rule)) << settings;
}

TEST(Profile, ReadsBackEveryBuiltIn) {
  EXPECT_EQ(BuiltInProfiles().size(), 5u);
  for (const Profile& profile : BuiltInProfiles()) {
    EXPECT_TRUE(CheckProfile(profile).ok()) << profile.name;
    EXPECT_EQ(*ParseProfile(profile.name, FormatProfile(profile)), profile);
    EXPECT_EQ(FindBuiltInProfile(profile.name), profile);
  }
  EXPECT_FALSE(FindBuiltInProfile("mp3"));
}

TEST(Profile, KnowsWhatTheBuiltInsAre) {
  Profile mp3 = *FindBuiltInProfile("mp3-128k");
  EXPECT_EQ(mp3.bitrate, 128'000);
  EXPECT_EQ(mp3.sample_rate, 44'100);
  EXPECT_EQ(mp3.channels, 2);
  Profile speech = *FindBuiltInProfile("speech-16k");
  EXPECT_EQ(speech.codec, Codec::kPcmS16);
  EXPECT_EQ(speech.sample_rate, 16'000);
  EXPECT_EQ(speech.channels, 1);
}

TEST(Profile, NamesCodecsAndTheirFiles) {
  for (Codec codec : {Codec::kMp3, Codec::kPcmS16, Codec::kFlac})
    EXPECT_EQ(ParseCodec(CodecName(codec)), codec);
  EXPECT_FALSE(ParseCodec("vorbis"));
  EXPECT_EQ(ExtensionOf(Codec::kPcmS16), "wav");
  EXPECT_EQ(ContentTypeOf(Codec::kMp3), "audio/mpeg");
}

TEST(Profile, TakesNullForTheSourcesOwn) {
  auto profile = ParseProfile(
      "mine", R"({"codec": "flac", "sample_rate": null, "channels": null})");
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->sample_rate, 0);
}

TEST(Profile, RefusesWhatIsNoSettings) {
  for (const char* text :
       {"", "[]", "5", "{", "null", "{\"codec\": \"mp3\"} x"})
    ExpectRefused(text, "must be a JSON object");
  ExpectRefused("{}", "names no codec");
  ExpectRefused(R"({"codec": 3})", "names no codec");
  ExpectRefused(R"({"codec": "opus"})", "this version makes mp3");
  ExpectRefused(R"({"codec": "flac", "volume": 3})",
                "unknown setting 'volume'");
}

TEST(Profile, RefusesOddNumbers) {
  for (const char* text :
       {R"({"codec": "mp3", "bitrate": -1})",
        R"({"codec": "mp3", "bitrate": 1.5})",
        R"({"codec": "mp3", "bitrate": "128k"})",
        R"({"codec": "mp3", "bitrate": 18446744073709551615})",
        R"({"codec": "mp3", "bitrate": 1e99})"})
    ExpectRefused(text, "bitrate must be a whole number");
}

TEST(Profile, RefusesWhatACodecCannotDo) {
  ExpectRefused(R"({"codec": "mp3"})", "bitrate must be between");
  ExpectRefused(R"({"codec": "mp3", "bitrate": 400000})",
                "bitrate must be between");
  ExpectRefused(R"({"codec": "wav", "bitrate": 1})", "asks for codec 'wav'");
  ExpectRefused(R"({"codec": "flac", "bitrate": 128000})",
                "flac takes no bitrate");
  ExpectRefused(R"({"codec": "flac", "channels": 6})", "channels must be");
  ExpectRefused(R"({"codec": "flac", "sample_rate": 400000})",
                "between 8000 and 192000");
  ExpectRefused(R"({"codec": "mp3", "bitrate": 128000, "sample_rate": 96000})",
                "between 8000 and 48000");
  ExpectRefused(R"({"codec": "mp3", "bitrate": 128000, "sample_rate": 44000})",
                "MP3 has no sample_rate of 44000");
}

}  // namespace
}  // namespace vexaa::jobs

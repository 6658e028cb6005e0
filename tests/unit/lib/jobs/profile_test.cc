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
  EXPECT_EQ(BuiltInProfiles().size(), 8u);
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
  for (Codec codec : AllCodecs())
    EXPECT_EQ(ParseCodec(CodecName(codec)), codec);
  EXPECT_FALSE(ParseCodec("vorbis"));
  EXPECT_EQ(ExtensionOf(Profile{.codec = Codec::kPcmS24}), "wav");
  EXPECT_EQ(ExtensionOf(Profile{.codec = Codec::kOpus}), "opus");
  EXPECT_EQ(ExtensionOf(Profile{.codec = Codec::kAac}), "m4a");
  EXPECT_EQ(
      ExtensionOf(Profile{.codec = Codec::kAac, .container = Container::kMka}),
      "mka");
  EXPECT_EQ(ContentTypeOf(Container::kMp3), "audio/mpeg");
}

TEST(Profile, TellsAContainerByAFilesName) {
  EXPECT_EQ(ContainerOfName("a/b.opus"), Container::kOgg);
  EXPECT_EQ(ContainerOfName("b.ogg"), Container::kOgg);
  EXPECT_EQ(ContainerOfName("talk.mp4"), Container::kM4a);
  EXPECT_EQ(ContainerOfName("talk.mka"), Container::kMka);
  EXPECT_FALSE(ContainerOfName("talk.txt"));
  EXPECT_FALSE(ContainerOfName("talk"));
  EXPECT_FALSE(ContainerOfName("talk."));
}

TEST(Profile, FitsEveryCodecIntoMatroska) {
  for (Codec codec : AllCodecs()) EXPECT_TRUE(Fits(codec, Container::kMka));
  EXPECT_FALSE(Fits(Codec::kAac, Container::kOgg));
  EXPECT_TRUE(Fits(Codec::kFlac, Container::kOgg));
}

TEST(Profile, ChangesBySettings) {
  Profile profile = *FindBuiltInProfile("mp3-128k");
  EXPECT_TRUE(*ApplySetting(profile, "bitrate", "null"));
  EXPECT_TRUE(*ApplySetting(profile, "quality", "2"));
  EXPECT_TRUE(CheckProfile(profile).ok());
  EXPECT_EQ(profile.quality, 2);
  EXPECT_FALSE(*ApplySetting(profile, "volume", "11"));
  EXPECT_FALSE(ApplySetting(profile, "channels", "0").ok());
}

TEST(Profile, KeepsItsCodecWhenItMayCopy) {
  Profile profile = *FindBuiltInProfile("aac-160k");
  EXPECT_TRUE(*ApplySetting(profile, "codec", "\"auto\""));
  EXPECT_EQ(profile.codec, Codec::kAac);
  EXPECT_TRUE(profile.copy_if_fits);
  EXPECT_EQ(*ParseProfile(profile.name, FormatProfile(profile)), profile);
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
  ExpectRefused(R"({"codec": "vorbis"})", "codec \"vorbis\" is unknown");
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
  ExpectRefused(R"({"codec": "copy", "channels": 2})", "keeps the source's");
  ExpectRefused(R"({"codec": "copy", "copy_if_fits": true})", "always copies");
  ExpectRefused(R"({"codec": "mp3", "bitrate": 128000, "quality": 2})",
                "bitrate or quality, not both");
  ExpectRefused(R"({"codec": "mp3", "quality": 10})", "from 0 to 9");
  ExpectRefused(R"({"codec": "opus", "quality": 2})", "takes no quality");
  ExpectRefused(R"({"codec": "aac", "bitrate": 96000, "container": "ogg"})",
                "container ogg holds no aac");
  ExpectRefused(R"({"codec": "flac", "container": "mp4"})", "is unknown");
  ExpectRefused(R"({"codec": "flac", "bitrate": 128000})",
                "flac takes no bitrate");
  ExpectRefused(R"({"codec": "flac", "channels": 6})", "channels must be");
  ExpectRefused(R"({"codec": "flac", "sample_rate": 400000})",
                "between 8000 and 192000");
  ExpectRefused(R"({"codec": "mp3", "bitrate": 128000, "sample_rate": 96000})",
                "between 8000 and 48000");
  ExpectRefused(R"({"codec": "mp3", "bitrate": 128000, "sample_rate": 44000})",
                "mp3 has no sample_rate of 44000");
}

}  // namespace
}  // namespace vexaa::jobs

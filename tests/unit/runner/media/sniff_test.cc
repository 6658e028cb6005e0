#include "runner/media/sniff.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/runner/media/media_files.h"

namespace vexaa::media {
namespace {

std::string NameOf(std::string_view bytes) {
  auto container = Sniff(std::as_bytes(std::span(bytes)));
  return container ? std::string(container->name) : "none";
}

std::string NameOfFile(const std::string& file) {
  auto bytes = LoadFile(file);
  bytes.resize(std::min(bytes.size(), kSniffBytes));
  auto container = Sniff(bytes);
  return container ? std::string(container->name) : "none";
}

TEST(Sniff, KnowsEveryContainerOfTheTestdata) {
  EXPECT_EQ(NameOfFile("moov_first_aac.mp4"), "mp4");
  EXPECT_EQ(NameOfFile("fragmented_aac.mp4"), "mp4");
  EXPECT_EQ(NameOfFile("alac.mov"), "mov");
  EXPECT_EQ(NameOfFile("amr_nb.3gp"), "3gp");
  EXPECT_EQ(NameOfFile("aac.mkv"), "matroska");
  EXPECT_EQ(NameOfFile("opus.webm"), "webm");
  EXPECT_EQ(NameOfFile("mp3.avi"), "avi");
  EXPECT_EQ(NameOfFile("aac.flv"), "flv");
  EXPECT_EQ(NameOfFile("wmav2.wmv"), "asf");
  EXPECT_EQ(NameOfFile("aac.ts"), "mpegts");
  EXPECT_EQ(NameOfFile("aac.m2ts"), "mpegts");
  EXPECT_EQ(NameOfFile("mp2.mpg"), "mpegps");
  EXPECT_EQ(NameOfFile("vorbis.ogg"), "ogg");
  EXPECT_EQ(NameOfFile("flac.flac"), "flac");
  EXPECT_EQ(NameOfFile("pcm_s16le.wav"), "wav");
  EXPECT_EQ(NameOfFile("mp3.mp3"), "mp3");
  EXPECT_EQ(NameOfFile("adts.aac"), "aac");
}

TEST(Sniff, RefusesWhatMerelyNamesAnotherFile) {
  EXPECT_EQ(NameOfFile("text.mp4"), "none");
  EXPECT_EQ(NameOfFile("playlist.mp4"), "none");
  EXPECT_EQ(NameOf("ffconcat version 1.0\nfile /etc/passwd\n"), "none");
  EXPECT_EQ(NameOf("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"), "none");
  EXPECT_EQ(NameOf("<?xml version=\"1.0\"?><MPD></MPD>"), "none");
  EXPECT_EQ(NameOf(""), "none");
  EXPECT_EQ(NameOf("\0\0"), "none");
  EXPECT_EQ(NameOf("GGGGGGGG"), "none");
}

TEST(Sniff, FindsATransportStreamBehindJunk) {
  auto bytes = LoadFile("aac.ts");
  bytes.insert(bytes.begin(), 77, std::byte{0x47});
  auto container = Sniff(bytes);
  ASSERT_TRUE(container);
  EXPECT_EQ(container->name, "mpegts");
}

TEST(Sniff, LooksBehindAnId3Tag) {
  std::string tag("ID3\x04\0\0\0\0\0\x0a", 10);
  tag += std::string(10, '\0');
  auto frames = LoadFile("adts.aac");
  std::string text = tag;
  text.append(reinterpret_cast<const char*>(frames.data()), frames.size());
  EXPECT_EQ(NameOf(text), "aac");
}

TEST(Sniff, SurvivesEveryPrefixOfEveryKind) {
  for (const char* file : {"mp3.mp3", "adts.aac", "aac.ts", "aac.3gp"}) {
    auto bytes = LoadFile(file);
    for (size_t size = 0; size < 600; ++size)
      (void)Sniff(std::span(bytes).first(size));
  }
}

}  // namespace
}  // namespace vexaa::media

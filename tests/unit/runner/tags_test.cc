// What a file carries of its source's tags and cover.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/jobs/profile.h"
#include "runner/audio_pipeline.h"
#include "runner/media/demuxer.h"
#include "runner/media/source_tags.h"
#include "tests/unit/runner/media/file_parts.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

using media::Big32;

// A frame of ID3v2.3.
std::string Frame(const std::string& id, const std::string& content) {
  return id + Big32(content.size()) + std::string(2, '\0') + content;
}

std::string TextFrame(const std::string& id, const std::string& text) {
  return Frame(id, std::string(1, '\0') + text);
}

// The header of a JPEG of 3x2 pixels, ITU-T T.81, B.2.2; nobody decodes the
// rest.
std::string Cover(size_t bytes) {
  std::string cover("\xff\xd8\xff\xc0\0\x0b\x08\0\2\0\3\1\1\x11\0", 15);
  cover.resize(bytes, 'x');
  return cover;
}

// The header of a PNG of 640x480 pixels.
std::string Png() {
  return "\x89PNG\r\n\x1a\n" + Big32(13) + "IHDR" + Big32(640) + Big32(480);
}

// An MP3 with title, artist, the name of a tool, and a front cover.
std::vector<std::byte> TaggedMp3(const std::string& cover) {
  std::string frames = TextFrame("TIT2", "A talk") +
                       TextFrame("TPE1", "A speaker") +
                       TextFrame("TSSE", "some tool");
  std::string front = std::string(1, '\0') +
                      (cover[0] == '\x89' ? "image/png" : "image/jpeg") +
                      std::string(1, '\0') + '\3' + std::string(1, '\0');
  frames += Frame("APIC", front + cover);
  std::string tag = std::string("ID3\3\0\0", 6);
  for (int shift : {21, 14, 7, 0})
    tag += static_cast<char>(frames.size() >> shift & 127);
  tag += frames;
  auto bytes = std::as_bytes(std::span(tag));
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  auto sound = media::LoadFile("mp3.mp3");
  file.insert(file.end(), sound.begin(), sound.end());
  return file;
}

// The tags of what `settings` make of such a source.
media::SourceTags Carried(const std::string& settings,
                          const std::string& cover) {
  media::MemorySink sink(8 << 20);
  media::MemorySource source(TaggedMp3(cover));
  auto profile = jobs::ParseProfile("test", settings);
  EXPECT_TRUE(profile.ok()) << profile.status();
  PipelineRequest request{.clip = {}, .loudness = false, .outputs = {}};
  request.outputs.push_back(OutputTo(sink, {.profile = *profile}));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  EXPECT_TRUE(report.ok()) << report.status();
  media::MemorySource made(sink.File());
  auto demuxer = media::Demuxer::Open(made, {});
  EXPECT_TRUE(demuxer.ok()) << demuxer.status();
  return demuxer.ok()
             ? media::ReadTags((*demuxer)->format(), (*demuxer)->stream(0))
             : media::SourceTags{};
}

std::string ValueOf(const media::SourceTags& tags, const std::string& name) {
  for (const auto& [key, value] : tags.entries)
    if (key == name) return value;
  return "";
}

class Tags : public testing::TestWithParam<const char*> {};

TEST_P(Tags, ComeWithTheCover) {
  media::SourceTags tags = Carried(GetParam(), Cover(70'000));
  EXPECT_EQ(ValueOf(tags, "title"), "A talk");
  EXPECT_EQ(ValueOf(tags, "artist"), "A speaker");
  EXPECT_TRUE(std::string(reinterpret_cast<const char*>(tags.cover.data()),
                          tags.cover.size()) == Cover(70'000));
  EXPECT_EQ(tags.cover_size.width, 3);
  EXPECT_EQ(tags.cover_size.height, 2);
  EXPECT_FALSE(tags.cover_is_png);
}

TEST_P(Tags, ComeWithAPng) {
  media::SourceTags tags = Carried(GetParam(), Png());
  EXPECT_TRUE(tags.cover_is_png);
  EXPECT_EQ(tags.cover.size(), Png().size());
  EXPECT_EQ(tags.cover_size.width, 640);
}

TEST_P(Tags, LeaveACoverThatTellsNoSizeOut) {
  media::SourceTags tags = Carried(GetParam(), "\xff\xd8\xff\xe0 no more");
  EXPECT_EQ(ValueOf(tags, "title"), "A talk");
  EXPECT_TRUE(tags.cover.empty());
}

TEST_P(Tags, LeaveACoverOfMoreThanFourMebibytesOut) {
  media::SourceTags tags = Carried(GetParam(), Cover((4 << 20) + 1));
  EXPECT_EQ(ValueOf(tags, "title"), "A talk");
  EXPECT_TRUE(tags.cover.empty());
}

TEST(WavTags, ComeWithoutTheCover) {
  media::SourceTags tags = Carried(R"({"codec":"pcm_s16le"})", Cover(70'000));
  EXPECT_EQ(ValueOf(tags, "title"), "A talk");
  EXPECT_EQ(ValueOf(tags, "artist"), "A speaker");
  EXPECT_TRUE(tags.cover.empty());
}

TEST(CoverSize, IsReadFromPngsAndJpegsOnly) {
  auto read = [](const std::string& text) {
    return media::ReadCoverSize(std::as_bytes(std::span(text)));
  };
  std::string png = Png();
  ASSERT_TRUE(read(png));
  EXPECT_EQ(read(png)->width, 640);
  EXPECT_EQ(read(png)->height, 480);
  std::string jpeg = Cover(15);
  ASSERT_TRUE(read(jpeg));
  EXPECT_EQ(read(jpeg)->width, 3);
  for (size_t size = 0; size < 11; ++size)
    EXPECT_FALSE(read(jpeg.substr(0, size))) << size;
  EXPECT_FALSE(read(png.substr(0, 23)));
  EXPECT_FALSE(read("GIF89a and more than a header's worth of bytes"));
}

// The names of codec and container in the settings.
std::string NameOf(const testing::TestParamInfo<const char*>& info) {
  auto profile = jobs::ParseProfile("test", info.param);
  if (!profile.ok()) return "";
  return std::string(jobs::CodecName(profile->codec)) +
         std::string(jobs::ContainerName(profile->container));
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, Tags,
    testing::Values(R"({"codec":"mp3","bitrate":128000})",
                    R"({"codec":"aac","bitrate":128000})",
                    R"({"codec":"flac"})",
                    R"({"codec":"opus","bitrate":96000})",
                    R"({"codec":"flac","container":"ogg"})",
                    R"({"codec":"aac","bitrate":128000,"container":"mka"})",
                    R"({"codec":"pcm_s16le","container":"mka"})"),
    NameOf);

}  // namespace
}  // namespace vexaa::runner

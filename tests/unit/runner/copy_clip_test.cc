// Clips of copied sound, in decoded samples, against a decode of the whole.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "lib/jobs/reason.h"
#include "tests/unit/runner/copies.h"
#include "tests/unit/runner/media/movie_maker.h"
#include "tests/unit/runner/media/mp4_reader.h"

namespace vexaa::runner {
namespace {

struct CopyCase {
  const char* format;
  const char* codec;
  const char* container;
  int rate = 48'000;
  int tolerance = 0;  // of 32,768: what Opus remembers
  double most_read = 0.6;
};

std::string NameOf(const testing::TestParamInfo<CopyCase>& info) {
  return std::string(info.param.format) + "_" + info.param.codec + "_to_" +
         info.param.container;
}

std::string Settings(const CopyCase& copy) {
  return R"({"codec":"copy","container":")" + std::string(copy.container) +
         "\"}";
}

std::vector<std::byte> MovieOf(const CopyCase& copy) {
  const std::string format = copy.format;
  bool video = format != "mp3" && format != "ogg";
  return media::EncodeMovie({.format = format,
                             .codec = copy.codec,
                             .seconds = 16,
                             .sample_rate = copy.rate,
                             .video_bytes = video ? size_t{200'000} : 0});
}

struct Range {
  size_t first = 0;
  size_t count = 0;
};

Range SamplesOf(const jobs::Clip& clip, int rate) {
  auto at = [rate](int64_t us) {
    return static_cast<size_t>(
        std::llround(static_cast<double>(us) * rate / 1e6));
  };
  size_t first = at(clip.start_us);
  return {first, at(clip.start_us + clip.duration_us) - first};
}

class EveryExactCopy : public testing::TestWithParam<CopyCase> {
 protected:
  void ExpectExact(const jobs::Clip& clip, double most_read) {
    const CopyCase& copy = GetParam();
    const Range range = SamplesOf(clip, copy.rate);
    Made part = Make(movie_, Settings(copy), clip);
    ASSERT_TRUE(part.status.ok()) << part.status;
    EXPECT_EQ(part.output.samples, range.count);
    EXPECT_EQ(part.output.note.find("cut at packets"), std::string::npos)
        << part.output.note;
    EXPECT_LE(static_cast<double>(part.bytes_read),
              most_read * static_cast<double>(movie_.size()) + 200'000);
    auto samples = Decode(part.file);
    if (std::string_view(copy.container) == "m4a") {
      // ffmpeg 5.1 never trims the end of an MP4: the tables tell players.
      EXPECT_GE(samples.size() / 2, range.count);
      EXPECT_EQ(media::ReadMp4Times(part.file).edit_duration, range.count);
    } else {
      EXPECT_EQ(samples.size() / 2, range.count);
    }
    EXPECT_LE(FarthestFrom(whole_, range.first, samples, range.count),
              copy.tolerance);
    // One sample beside it is another sound.
    EXPECT_GT(FarthestFrom(whole_, range.first + 1, samples, range.count), 100);
  }

  const std::vector<std::byte> movie_ = MovieOf(GetParam());
  const std::vector<int16_t> whole_ = Decode(movie_);
};

TEST_P(EveryExactCopy, IsCutToTheSample) {
  ExpectExact({500'010, 1'000'000}, 1);
  // Far in, with a jump there.
  ExpectExact({10'123'456, 2'500'000}, GetParam().most_read);
}

INSTANTIATE_TEST_SUITE_P(
    Movies, EveryExactCopy,
    testing::Values(CopyCase{"mp4", "aac", "m4a"},
                    CopyCase{"matroska", "aac", "m4a", 44'100},
                    CopyCase{"mpegts", "aac", "m4a"},
                    CopyCase{"mov", "pcm_s16le", "wav"},
                    CopyCase{"mov", "pcm_s16le", "mka"},
                    CopyCase{"matroska", "libopus", "ogg", 48'000, 200},
                    CopyCase{"matroska", "libopus", "mka", 48'000, 200},
                    CopyCase{"ogg", "libopus", "ogg", 48'000, 200, 0.8},
                    CopyCase{"matroska", "libmp3lame", "mp3", 44'100},
                    CopyCase{"mp3", "libmp3lame", "mp3", 44'100, 0, 1},
                    CopyCase{"matroska", "flac", "m4a", 44'100},
                    CopyCase{"mpegts", "ac3", "m4a", 48'000, 60}),
    NameOf);

class EveryCopyByPackets : public testing::TestWithParam<CopyCase> {};

// The note tells how far both ends are off, and the sound says so, too.
TEST_P(EveryCopyByPackets, HasTheWholeClipAndSaysWhatElse) {
  const CopyCase& copy = GetParam();
  const auto movie = MovieOf(copy);
  const jobs::Clip clip{10'123'456, 2'500'000};
  const Range range = SamplesOf(clip, copy.rate);
  Made part = Make(movie, Settings(copy), clip);
  ASSERT_TRUE(part.status.ok()) << part.status;
  EXPECT_FALSE(part.output.gapless);
  int early_ms = -1, late_ms = -1;
  size_t at = part.output.note.find("cut at packets");
  ASSERT_NE(at, std::string::npos) << part.output.note;
  ASSERT_EQ(std::sscanf(part.output.note.c_str() + at,
                        "cut at packets: begins %d ms early and ends %d ms "
                        "late",
                        &early_ms, &late_ms),
            2)
      << part.output.note;
  const double ms = copy.rate / 1000.0;
  EXPECT_NEAR(static_cast<double>(part.output.samples),
              static_cast<double>(range.count) + (early_ms + late_ms) * ms,
              3 * ms);
  EXPECT_LE(early_ms, 110);
  EXPECT_LE(late_ms, 110);
}

INSTANTIATE_TEST_SUITE_P(Movies, EveryCopyByPackets,
                         testing::Values(CopyCase{"mp4", "aac", "mka"},
                                         CopyCase{"matroska", "flac", "flac",
                                                  44'100},
                                         CopyCase{"mpegts", "ac3", "mka"}),
                         NameOf);

TEST(CopyClip, OfTheBeginningKeepsTheEncodersDelay) {
  const auto movie =
      media::EncodeMovie({.format = "mp4", .codec = "aac", .seconds = 6});
  const auto whole = Decode(movie);
  Made part = Make(movie, R"({"codec":"copy"})", {0, 2'000'000});
  ASSERT_TRUE(part.status.ok()) << part.status;
  EXPECT_EQ(part.output.samples, 96'000u);
  EXPECT_EQ(media::ReadMp4Times(part.file).edit_media_time, 1024);
  EXPECT_EQ(FarthestFrom(whole, 0, Decode(part.file), 96'000), 0);
}

TEST(CopyClip, GoesToTheEndWithoutADuration) {
  const auto movie = media::EncodeMovie(
      {.format = "matroska", .codec = "libopus", .seconds = 12});
  const auto whole = Decode(movie);
  Made rest = Make(movie, R"({"codec":"copy"})", {10'000'000, 0});
  ASSERT_TRUE(rest.status.ok()) << rest.status;
  EXPECT_EQ(rest.output.samples, whole.size() / 2 - 480'000);
  EXPECT_EQ(Decode(rest.file).size(), whole.size() - 960'000);
}

TEST(CopyClip, CannotStartBehindTheEnd) {
  for (const char* format : {"mp4", "matroska", "mpegts"}) {
    const auto movie = media::EncodeMovie({.format = format,
                                           .codec = "aac",
                                           .seconds = 8,
                                           .video_bytes = 20'000});
    Made none = Make(movie, R"({"codec":"copy"})", {30'000'000, 0});
    EXPECT_EQ(jobs::ReasonOf(none.status), jobs::Reason::kInvalidJob)
        << format << ": " << none.status;
    EXPECT_NE(none.status.message().find("the clip starts at 30.000 s"),
              std::string::npos)
        << none.status;
  }
}

TEST(CopyLoudness, IsThatOfItsSound) {
  const auto movie =
      media::EncodeMovie({.format = "mp4", .codec = "aac", .seconds = 8});
  for (const jobs::Clip& clip : {jobs::Clip{}, jobs::Clip{4'000'000, 0}}) {
    Made copy = Make(movie, R"({"codec":"copy"})", clip, true);
    Made wav = Make(movie, R"({"codec":"pcm_f32le"})", clip, true);
    ASSERT_TRUE(copy.status.ok()) << copy.status;
    ASSERT_TRUE(copy.output.loudness && wav.output.loudness);
    EXPECT_NEAR(copy.output.loudness->integrated_lufs,
                wav.output.loudness->integrated_lufs, 1e-6);
    EXPECT_NEAR(copy.output.loudness->true_peak_dbtp,
                wav.output.loudness->true_peak_dbtp, 1e-6);
    EXPECT_EQ(copy.file, Make(movie, R"({"codec":"copy"})", clip).file);
  }
}

}  // namespace
}  // namespace vexaa::runner

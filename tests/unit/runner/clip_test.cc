// Clips of whole movies, against the same samples of a full decode.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "tests/unit/runner/media/media_files.h"
#include "tests/unit/runner/media/movie_maker.h"

namespace vexaa::runner {
namespace {

using media::MemorySink;
using media::MemorySource;

struct Decoded {
  std::vector<int16_t> samples;  // of both channels
  uint64_t bytes_read = 0;
  base::Status status;
};

// As a WAV in the source's own format, without its header.
Decoded Decode(const std::vector<std::byte>& movie, const jobs::Clip& clip,
               int track = 0) {
  MemorySource source(movie);
  MemorySink sink;
  jobs::OutputPlan plan;
  plan.profile = *jobs::FindBuiltInProfile("wav");
  plan.track = {jobs::TrackSelector::By::kNumber, track, ""};
  PipelineRequest request{.clip = clip, .loudness = false, .outputs = {}};
  request.outputs.push_back(OutputTo(sink, plan));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  Decoded decoded;
  decoded.status = report.status();
  decoded.bytes_read = source.bytes_read;
  if (!report.ok()) return decoded;
  std::vector<std::byte> file = sink.File();
  decoded.samples.resize(report->outputs[0].samples * 2);
  size_t bytes = decoded.samples.size() * sizeof(int16_t);
  std::memcpy(decoded.samples.data(), file.data() + file.size() - bytes, bytes);
  return decoded;
}

// The largest difference from the samples of `whole` from there on.
int FarthestFrom(const std::vector<int16_t>& whole, size_t first_sample,
                 const std::vector<int16_t>& part) {
  int farthest = 0;
  for (size_t i = 0; i < part.size(); ++i) {
    size_t at = first_sample * 2 + i;
    if (at >= whole.size()) return 1 << 16;
    farthest = std::max(farthest, std::abs(whole[at] - part[i]));
  }
  return farthest;
}

struct ClipCase {
  const char* format;
  const char* codec;
  int rate = 48'000;
  size_t video_bytes = 250'000;
  int tolerance = 0;     // of 32,768: dither, and what Opus remembers
  double most_read = 1;  // of the file
};

std::string NameOf(const testing::TestParamInfo<ClipCase>& info) {
  std::string name = std::string(info.param.format) + "_" + info.param.codec +
                     "_" + std::to_string(info.param.rate);
  return name;
}

class EveryClipOf : public testing::TestWithParam<ClipCase> {
 protected:
  static constexpr int kSeconds = 40;
  std::vector<std::byte> Movie() const {
    return media::EncodeMovie({.format = GetParam().format,
                               .codec = GetParam().codec,
                               .seconds = kSeconds,
                               .sample_rate = GetParam().rate,
                               .video_bytes = GetParam().video_bytes});
  }
};

TEST_P(EveryClipOf, IsExactToTheSampleAndReadsLittle) {
  const auto movie = Movie();
  const Decoded whole = Decode(movie, {});
  ASSERT_TRUE(whole.status.ok()) << whole.status;
  const jobs::Clip clip{30'123'456, 2'500'000};
  const Decoded part = Decode(movie, clip);
  ASSERT_TRUE(part.status.ok()) << part.status;
  auto at = [](int64_t us) {
    return static_cast<size_t>(
        std::llround(static_cast<double>(us) * GetParam().rate / 1e6));
  };
  size_t first = at(clip.start_us);
  EXPECT_EQ(part.samples.size() / 2,
            at(clip.start_us + clip.duration_us) - first);
  EXPECT_LE(FarthestFrom(whole.samples, first, part.samples),
            GetParam().tolerance);
  // One sample beside it is another sound.
  EXPECT_GT(FarthestFrom(whole.samples, first + 1, part.samples), 100);
  // A search by time stops at blocks of 64 KiB and more.
  EXPECT_LE(static_cast<double>(part.bytes_read),
            GetParam().most_read * static_cast<double>(movie.size()) + 200'000);
}

TEST_P(EveryClipOf, IsExactNearTheBeginning) {
  const auto movie = Movie();
  const Decoded whole = Decode(movie, {});
  const Decoded part = Decode(movie, {1'000'010, 1'000'000});
  ASSERT_TRUE(part.status.ok()) << part.status;
  auto first = static_cast<size_t>(std::llround(1.00001 * GetParam().rate));
  EXPECT_EQ(FarthestFrom(whole.samples, first, part.samples), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Movies, EveryClipOf,
    testing::Values(ClipCase{"mp4", "aac", 48'000, 250'000, 0, 0.15},
                    ClipCase{"mp4", "aac", 44'100, 250'000, 0, 0.15},
                    ClipCase{"mov", "pcm_s16le", 48'000, 250'000, 0, 0.2},
                    ClipCase{"matroska", "aac", 44'100, 250'000, 0, 0.3},
                    ClipCase{"matroska", "libopus", 48'000, 250'000, 40, 0.3},
                    ClipCase{"matroska", "flac", 44'100, 250'000, 0, 0.3},
                    ClipCase{"matroska", "libmp3lame", 44'100, 250'000, 0, 0.3},
                    ClipCase{"matroska", "libvorbis", 44'100, 250'000, 0, 1.01},
                    ClipCase{"webm", "libopus", 48'000, 0, 40, 0.5},
                    ClipCase{"mpegts", "aac", 44'100, 250'000, 0, 0.5},
                    ClipCase{"mpegts", "aac", 48'000, 250'000, 0, 0.5},
                    ClipCase{"mpegts", "ac3", 48'000, 250'000, 60, 0.5},
                    ClipCase{"avi", "pcm_s16le", 44'100, 250'000, 0, 0.3},
                    ClipCase{"avi", "libmp3lame", 44'100, 250'000, 0, 1.05},
                    ClipCase{"flac", "flac", 44'100, 0, 0, 0.5},
                    ClipCase{"wav", "pcm_s16le", 44'100, 0, 0, 0.2},
                    ClipCase{"ogg", "libopus", 48'000, 0, 40, 0.6},
                    ClipCase{"ogg", "libvorbis", 44'100, 0, 0, 0.6},
                    ClipCase{"mp3", "libmp3lame", 44'100, 0, 0, 1},
                    ClipCase{"adts", "aac", 44'100, 0, 0, 1.2}),
    NameOf);

TEST(Clip, GoesToTheEndWithoutADuration) {
  const auto movie = media::EncodeMovie(
      {.format = "matroska", .codec = "flac", .seconds = 20});
  const Decoded whole = Decode(movie, {});
  const Decoded rest = Decode(movie, {15'000'000, 0});
  ASSERT_TRUE(rest.status.ok()) << rest.status;
  EXPECT_EQ(rest.samples.size(), whole.samples.size() - 15 * 48'000 * 2);
  EXPECT_EQ(FarthestFrom(whole.samples, 15 * 48'000, rest.samples), 0);
}

TEST(Clip, EndsWithTheSourceWhenThatIsShorter) {
  const auto movie =
      media::EncodeMovie({.format = "mp4", .codec = "aac", .seconds = 20});
  const Decoded rest = Decode(movie, {19'000'000, 60'000'000});
  ASSERT_TRUE(rest.status.ok()) << rest.status;
  EXPECT_NEAR(static_cast<double>(rest.samples.size()) / 2, 48'000, 2048);
}

TEST(Clip, CannotStartBehindTheEnd) {
  for (const char* format : {"mp4", "matroska", "mpegts"}) {
    const auto movie = media::EncodeMovie({.format = format,
                                           .codec = "aac",
                                           .seconds = 12,
                                           .video_bytes = 20'000});
    const Decoded none = Decode(movie, {30'000'000, 0});
    EXPECT_EQ(jobs::ReasonOf(none.status), jobs::Reason::kInvalidJob)
        << format << ": " << none.status;
    EXPECT_NE(none.status.message().find("the clip starts at 30.000 s but "
                                         "audio track 0 of the source ends at "
                                         "1"),
              std::string::npos)
        << none.status;
  }
}

TEST(Clip, IsExactOnEachOfTwoTracks) {
  const auto movie = media::EncodeMovie({.format = "matroska",
                                         .codec = "flac",
                                         .seconds = 30,
                                         .tracks = 2,
                                         .video_bytes = 100'000});
  for (int track : {0, 1}) {
    const Decoded whole = Decode(movie, {}, track);
    const Decoded part = Decode(movie, {20'500'000, 1'000'000}, track);
    ASSERT_TRUE(part.status.ok()) << part.status;
    EXPECT_EQ(FarthestFrom(whole.samples, 984'000, part.samples), 0);
  }
}

}  // namespace
}  // namespace vexaa::runner

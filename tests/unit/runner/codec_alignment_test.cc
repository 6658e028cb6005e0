// That every sample of a lossy codec is where it was, not only as many of them:
// what players leave out at the beginning is exactly the encoder's delay.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "lib/jobs/profile.h"
#include "runner/audio_pipeline.h"
#include "tests/unit/runner/media/media_files.h"
#include "tests/unit/runner/media/movie_maker.h"

namespace vexaa::runner {
namespace {

using media::MemorySink;
using media::MemorySource;

struct Made {
  std::vector<std::byte> file;
  uint64_t samples = 0;
};

Made Make(std::vector<std::byte> file, const std::string& settings,
          const jobs::Clip& clip = {}) {
  MemorySink sink(8 << 20);
  MemorySource source(std::move(file));
  auto profile = jobs::ParseProfile("test", settings);
  EXPECT_TRUE(profile.ok()) << profile.status();
  PipelineRequest request{.clip = clip, .loudness = false, .outputs = {}};
  request.outputs.push_back(OutputTo(sink, {.profile = *profile}));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  EXPECT_TRUE(report.ok()) << report.status();
  return {sink.File(), report.ok() ? report->outputs[0].samples : 0};
}

// As a player hears it: one channel, as numbers.
std::vector<float> Heard(std::vector<std::byte> file) {
  const Made wav =
      Make(std::move(file), R"({"codec":"pcm_f32le","channels":1})");
  const std::string_view text(reinterpret_cast<const char*>(wav.file.data()),
                              wav.file.size());
  const size_t data = text.find("data");
  EXPECT_NE(data, std::string_view::npos);
  std::vector<float> samples(wav.samples);
  std::memcpy(samples.data(), text.data() + data + 8,
              samples.size() * sizeof(float));
  return samples;
}

// How much of `heard`, later by `lag` samples, is `sound`: 1 is all. Of the
// steps from sample to sample, which differ more from place to place.
double Likeness(const std::vector<float>& sound,
                const std::vector<float>& heard, int lag) {
  double product = 0, one = 0, other = 0;
  for (int i = 24'000; i < 48'000; ++i) {
    double step = double{sound[i]} - sound[i - 1];
    double heard_step = double{heard[i + lag]} - heard[i + lag - 1];
    product += step * heard_step;
    one += step * step;
    other += heard_step * heard_step;
  }
  return product / std::sqrt(one * other);
}

class EveryLossyCodec : public testing::TestWithParam<const char*> {};

TEST_P(EveryLossyCodec, KeepsEverySampleInItsPlace) {
  const auto movie =
      media::EncodeMovie({.format = "wav", .codec = "pcm_s16le", .seconds = 3});
  const std::vector<float> sound = Heard(movie);
  const std::vector<float> heard = Heard(Make(movie, GetParam()).file);
  ASSERT_EQ(heard.size(), sound.size());
  const double in_place = Likeness(sound, heard, 0);
  EXPECT_GT(in_place, 0.5);
  for (int lag = -2500; lag <= 2500; ++lag) {
    if (lag == 0) continue;
    ASSERT_LT(Likeness(sound, heard, lag), in_place) << lag << " samples late";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, EveryLossyCodec,
    testing::Values(R"({"codec":"mp3","bitrate":320000})",
                    R"({"codec":"aac","bitrate":320000})",
                    R"({"codec":"opus","bitrate":320000})"),
    [](const auto& info) {
      auto profile = jobs::ParseProfile("test", info.param);
      return std::string(jobs::CodecName(profile->codec));
    });

// What the tag in the first frame says of all frames: "Info" or "Xing" with
// the count of the others, and LAME's delay and padding of 12 bits each.
struct LameTag {
  uint64_t frames = 0;
  uint64_t delay = 0;
  uint64_t padding = 0;
};

LameTag TagOf(const std::vector<std::byte>& mp3) {
  const std::string_view text(reinterpret_cast<const char*>(mp3.data()),
                              mp3.size());
  size_t at = std::min(text.find("Xing"), text.find("Info"));
  EXPECT_LT(at, size_t{4096});
  auto number = [&](size_t offset, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i)
      value = value << 8 | static_cast<unsigned char>(text[at + offset + i]);
    return value;
  };
  EXPECT_EQ(number(4, 4) & 15, 15u) << "frames, bytes, table and quality";
  // Those four are followed by the encoder's name, and 21 bytes from there on
  // by what it left where.
  const uint64_t edges = number(8 + 4 + 4 + 100 + 4 + 21, 3);
  return {number(8, 4), edges >> 12, edges & 0xfff};
}

TEST(LameTag, TellsWhatToLeaveOutWhateverTheLengthIs) {
  const auto movie =
      media::EncodeMovie({.format = "wav", .codec = "pcm_s16le", .seconds = 3});
  bool exceeds_a_frame = false;
  for (int64_t samples = 48'000; samples < 48'000 + 1152; samples += 96) {
    const Made mp3 = Make(movie, R"({"codec":"mp3","bitrate":128000})",
                          {0, samples * 1'000'000 / 48'000});
    const LameTag tag = TagOf(mp3.file);
    EXPECT_EQ(mp3.samples, static_cast<uint64_t>(samples));
    EXPECT_EQ(tag.frames * 1152 - tag.delay - tag.padding, mp3.samples);
    exceeds_a_frame = exceeds_a_frame || tag.padding > 1152;
  }
  EXPECT_TRUE(exceeds_a_frame) << "no length of these needs the tag";
}

}  // namespace
}  // namespace vexaa::runner

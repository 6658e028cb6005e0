#include "tests/unit/runner/copies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "lib/base/clock.h"
#include "tests/unit/runner/media/media_files.h"

namespace vexaa::runner {
namespace {

constexpr size_t kHead = 8 << 20;

}  // namespace

Made Make(const std::vector<std::byte>& movie, const std::string& settings,
          const jobs::Clip& clip, bool loudness) {
  media::MemorySource source(movie);
  media::MemorySink sink(kHead);
  PipelineRequest request{.clip = clip, .loudness = loudness, .outputs = {}};
  request.outputs.push_back(
      OutputTo(sink, {.profile = *jobs::ParseProfile("test", settings)}));
  base::SystemClock clock;
  auto report = RunPipeline(source, request, {}, clock, {});
  Made made{report.status(), {}, {}, source.bytes_read};
  if (!report.ok()) return made;
  made.file = sink.File();
  made.output = report->outputs[0];
  return made;
}

std::vector<int16_t> Decode(const std::vector<std::byte>& movie,
                            const jobs::Clip& clip) {
  Made wav = Make(movie, R"({"codec":"pcm_s16le"})", clip);
  EXPECT_TRUE(wav.status.ok()) << wav.status;
  std::vector<int16_t> samples(wav.output.samples * 2);
  size_t bytes = samples.size() * sizeof(int16_t);
  if (wav.status.ok())
    std::memcpy(samples.data(), wav.file.data() + wav.file.size() - bytes,
                bytes);
  return samples;
}

int FarthestFrom(const std::vector<int16_t>& whole, size_t first_sample,
                 const std::vector<int16_t>& part, size_t samples) {
  int farthest = 0;
  for (size_t i = 0; i < samples * 2; ++i) {
    size_t at = first_sample * 2 + i;
    if (at >= whole.size() || i >= part.size()) return 1 << 16;
    farthest = std::max(farthest, std::abs(whole[at] - part[i]));
  }
  return farthest;
}

}  // namespace vexaa::runner

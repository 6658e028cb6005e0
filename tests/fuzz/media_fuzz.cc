// Any bytes through sniff, AVIO, demuxer, decoder, resampler, encoder, muxer
// and every side output: whatever they are, a run ends with a result or with a
// typed reason that is not our fault. The last two bytes choose what is made.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "tests/fuzz/fuzz_source.h"

namespace {

using vexaa::fuzz::FuzzSource;
using vexaa::fuzz::NullSink;
using vexaa::jobs::OutputKind;
using vexaa::runner::PipelineRequest;

// As FFmpeg's own fuzzer of its demuxers allows.
constexpr int kMaxReads = 8096;

// Every codec, every container, copies and copies of what fits; the first ones
// are those that found inputs ask for.
vexaa::jobs::Profile ProfileFor(uint8_t choice) {
  static constexpr std::array kSettings = {
      R"({"codec":"pcm_s16le","sample_rate":16000,"channels":1})",
      R"({"codec":"mp3","bitrate":128000,"sample_rate":44100,"channels":2})",
      R"({"codec":"flac"})",
      R"({"codec":"pcm_s16le"})",
      R"({"codec":"copy"})",
      R"({"codec":"aac","bitrate":160000})",
      R"({"codec":"opus","bitrate":96000})",
      R"({"codec":"copy","container":"mka"})",
      R"({"codec":"copy","container":"m4a"})",
      R"({"codec":"copy","container":"ogg"})",
      R"({"codec":"copy","container":"mp3"})",
      R"({"codec":"copy","container":"wav"})",
      R"({"codec":"copy","container":"flac"})",
      R"({"codec":"mp3","quality":9,"container":"mka"})",
      R"({"codec":"pcm_f32le","channels":2})",
      R"({"codec":"aac","bitrate":320000,"copy_if_fits":true})",
      R"({"codec":"opus","bitrate":64000,"channels":1,"container":"mka"})",
      R"({"codec":"flac","container":"ogg","sample_rate":8000})"};
  return *vexaa::jobs::ParseProfile("fuzz",
                                    kSettings[choice % kSettings.size()]);
}

PipelineRequest RequestFor(uint8_t sides, uint8_t profile,
                           std::span<NullSink> sinks) {
  PipelineRequest request;
  request.loudness = (sides & 8) != 0;
  if ((sides & 64) != 0) request.clip = {200'000, 500'000};
  auto add = [&](OutputKind kind) {
    vexaa::jobs::OutputPlan plan;
    plan.kind = kind;
    if (kind == OutputKind::kAudio) plan.profile = ProfileFor(profile);
    NullSink& sink = sinks[request.outputs.size()];
    request.outputs.push_back(vexaa::runner::OutputTo(sink, std::move(plan)));
  };
  if ((sides & 1) != 0) add(OutputKind::kMetadata);
  if ((sides & 2) != 0) add(OutputKind::kSilence);
  if ((sides & 4) != 0) add(OutputKind::kThumbnail);
  if (request.outputs.empty() || (sides & 16) != 0) add(OutputKind::kAudio);
  return request;
}

void CheckEnd(const vexaa::base::Status& status) {
  if (status.ok() || status.code() == vexaa::base::Code::kCancelled) return;
  auto reason = vexaa::jobs::ReasonOf(status);
  if (reason && *reason != vexaa::jobs::Reason::kInternal) return;
  std::fprintf(stderr, "ended with: %s\n", status.ToString().c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const uint8_t sides = data[size - 1], profile = data[size - 2];
  auto bytes = std::as_bytes(std::span(data, size - 2));
  // The storage says how long an object is; a truncated one ends early.
  const uint64_t claimed = bytes.size() + ((sides & 32) != 0 ? 4096 : 0);
  FuzzSource source(bytes, claimed, kMaxReads);
  std::vector<NullSink> sinks(4);
  vexaa::base::SystemClock clock;
  auto report = vexaa::runner::RunPipeline(
      source, RequestFor(sides, profile, sinks), {}, clock, source.stop());
  CheckEnd(report.status());
  return 0;
}

#include "tests/fuzz/fuzz_input.h"

#include <array>
#include <vector>

#include "lib/base/clock.h"
#include "lib/jobs/reason.h"
#include "runner/audio_pipeline.h"
#include "tests/fuzz/fuzz_source.h"

namespace vexaa::fuzz {
namespace {

using jobs::OutputKind;
using runner::PipelineRequest;

// As FFmpeg's own fuzzer of its demuxers allows.
constexpr int kMaxReads = 8096;

// Every codec, every container, copies and copies of what fits; the first ones
// are those that found inputs ask for.
jobs::Profile ProfileFor(uint8_t choice) {
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
  return *jobs::ParseProfile("fuzz", kSettings[choice % kSettings.size()]);
}

PipelineRequest RequestFor(uint8_t sides, uint8_t profile,
                           std::span<NullSink> sinks) {
  PipelineRequest request;
  request.loudness = (sides & 8) != 0;
  if ((sides & 64) != 0) request.clip = {200'000, 500'000};
  auto add = [&](OutputKind kind) {
    jobs::OutputPlan plan;
    plan.kind = kind;
    if (kind == OutputKind::kAudio) plan.profile = ProfileFor(profile);
    NullSink& sink = sinks[request.outputs.size()];
    request.outputs.push_back(runner::OutputTo(sink, std::move(plan)));
  };
  if ((sides & 1) != 0) add(OutputKind::kMetadata);
  if ((sides & 2) != 0) add(OutputKind::kSilence);
  if ((sides & 4) != 0) add(OutputKind::kThumbnail);
  if (request.outputs.empty() || (sides & 16) != 0) add(OutputKind::kAudio);
  return request;
}

}  // namespace

base::Status RunInput(std::span<const std::byte> input) {
  if (input.size() < 2) return base::Status::Ok();
  auto bytes = input.first(input.size() - 2);
  const auto profile = static_cast<uint8_t>(input[bytes.size()]);
  const auto sides = static_cast<uint8_t>(input.back());
  // The storage says how long an object is; a truncated one ends early.
  const uint64_t claimed = bytes.size() + ((sides & 32) != 0 ? 4096 : 0);
  FuzzSource source(bytes, claimed, kMaxReads);
  std::vector<NullSink> sinks(4);
  base::SystemClock clock;
  return runner::RunPipeline(source, RequestFor(sides, profile, sinks), {},
                             clock, source.stop())
      .status();
}

bool IsItsOwnFault(const base::Status& end) {
  if (end.ok() || end.code() == base::Code::kCancelled) return true;
  auto reason = jobs::ReasonOf(end);
  return reason && *reason != jobs::Reason::kInternal;
}

}  // namespace vexaa::fuzz

#include "runner/audio_pipeline.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/audio_plan.h"
#include "runner/media/decoder.h"
#include "runner/media/demuxer.h"
#include "runner/media/limits.h"
#include "runner/output_lane.h"
#include "runner/side_output.h"

namespace vexaa::runner {
namespace {

using jobs::Fail;
using jobs::Reason;

constexpr base::Duration kProgressPause = std::chrono::milliseconds(250);

double Seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Tells how far a run is, not too often.
class ProgressMeter {
 public:
  ProgressMeter(const ProgressCallback& callback, const base::Clock& clock)
      : callback_(callback), clock_(clock), start_(clock.Elapsed()) {}

  void Update(double percent, double media_seconds, uint64_t bytes_read) {
    base::Duration now = clock_.Elapsed();
    if (!callback_ || percent < told_percent_ + 1 ||
        now < told_at_ + kProgressPause)
      return;
    told_at_ = now;
    Tell(percent, media_seconds, bytes_read);
  }
  void Tell(double percent, double media_seconds, uint64_t bytes_read) {
    if (!callback_) return;
    told_percent_ = percent;
    double elapsed = std::max(Seconds(clock_.Elapsed() - start_), 1e-3);
    callback_({percent, media_seconds / elapsed, media_seconds, bytes_read});
  }

 private:
  const ProgressCallback& callback_;
  const base::Clock& clock_;
  const base::Duration start_;
  base::Duration told_at_{};
  double told_percent_ = -1;
};

class Run {
 public:
  Run(base::ByteSource& source, const ProgressCallback& on_progress,
      const base::Clock& clock, std::stop_token stop)
      : source_(source), meter_(on_progress, clock), stop_(std::move(stop)) {}

  base::Result<PipelineReport> Do(std::span<const OutputRequest> outputs) {
    Prepare(outputs);
    RETURN_IF_ERROR(OpenSource());
    if (needs_sound_) {
      RETURN_IF_ERROR(OpenTrack());
      RETURN_IF_ERROR(ReadAll());
    }
    for (auto& [index, lane] : lanes_)
      RETURN_IF_ERROR(FinishLane(*lane, report_.outputs[index]));
    RETURN_IF_ERROR(FinishSides());
    meter_.Tell(100, media_seconds_, report_.source.bytes_read);
    return std::move(report_);
  }

 private:
  void Prepare(std::span<const OutputRequest> outputs);
  base::Status OpenSource();
  base::Status OpenTrack();
  base::Status ReadAll();
  base::Status OnFrame(const AVFrame& frame);
  base::Status FinishLane(OutputLane& lane, OutputReport& output);
  base::Status FinishSides();
  void ShowProgress();

  base::ByteSource& source_;
  ProgressMeter meter_;
  std::stop_token stop_;
  std::unique_ptr<media::Demuxer> demuxer_;
  std::unique_ptr<media::Decoder> decoder_;
  // By the index of their request.
  std::map<size_t, std::unique_ptr<OutputLane>> lanes_;
  std::map<size_t, SideOutput> sides_;
  bool needs_sound_ = false;
  AudioTrack track_;
  double media_seconds_ = 0;
  PipelineReport report_;
};

void Run::Prepare(std::span<const OutputRequest> outputs) {
  report_.outputs.resize(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const OutputRequest& output = outputs[i];
    if (output.kind == jobs::OutputKind::kAudio)
      lanes_[i] = std::make_unique<OutputLane>(output.profile, *output.sink,
                                               output.loudness, stop_);
    else
      sides_.try_emplace(i, output.kind, output.silence, *output.sink);
  }
  needs_sound_ =
      !lanes_.empty() ||
      std::any_of(sides_.begin(), sides_.end(),
                  [](const auto& side) { return side.second.needs_sound(); });
}

base::Status Run::OpenSource() {
  auto scrutiny = media::Scrutiny::kTracks;
  for (const auto& [index, side] : sides_)
    scrutiny = std::max(scrutiny, side.scrutiny());
  ASSIGN_OR_RETURN(demuxer_, media::Demuxer::Open(source_, stop_, scrutiny));
  for (const auto& [index, side] : sides_)
    RETURN_IF_ERROR(side.Check(*demuxer_));
  report_.source.container = demuxer_->container().name;
  return base::Status::Ok();
}

base::Status Run::OpenTrack() {
  auto tracks = demuxer_->tracks();
  ASSIGN_OR_RETURN(TrackChoice choice, ChooseTrack(tracks));
  track_ = *std::find_if(tracks.begin(), tracks.end(), [&](const auto& track) {
    return track.index == choice.index;
  });
  RETURN_IF_ERROR(demuxer_->Select(choice.index));
  ASSIGN_OR_RETURN(decoder_, media::Decoder::Open(demuxer_->stream()));
  SourceReport& source = report_.source;
  source.track_choice = choice.why;
  if (auto ms = demuxer_->duration_ms())
    source.duration_ms = static_cast<uint64_t>(*ms);
  return base::Status::Ok();
}

base::Status Run::ReadAll() {
  media::PacketPtr packet(av_packet_alloc());
  auto on_frame = [this](const AVFrame& frame) { return OnFrame(frame); };
  for (;;) {
    ASSIGN_OR_RETURN(bool more, demuxer_->Read(*packet));
    RETURN_IF_ERROR(decoder_->Decode(more ? packet.get() : nullptr, on_frame));
    av_packet_unref(packet.get());
    if (!more) break;
    ShowProgress();
  }
  report_.source.codec = decoder_->codec_name();
  report_.source.samples = decoder_->samples();
  report_.source.damaged_packets = decoder_->error_count();
  report_.source.bytes_read = demuxer_->bytes_read();
  if (decoder_->samples() > 0) return base::Status::Ok();
  return Fail(Reason::kCorruptInput,
              "not one sample of the source's sound could be decoded");
}

base::Status Run::OnFrame(const AVFrame& frame) {
  SoundFormat sound = decoder_->SoundOf(frame);
  if (report_.source.sample_rate == 0) {
    report_.source.sample_rate = sound.sample_rate;
    report_.source.channels = sound.channels;
  }
  media_seconds_ += static_cast<double>(frame.nb_samples) / frame.sample_rate;
  if (media_seconds_ > media::kMaxMediaSeconds)
    return Fail(Reason::kInputTooLarge, "the source is longer than 24 hours");
  for (auto& [index, lane] : lanes_) RETURN_IF_ERROR(lane->Push(frame, sound));
  for (auto& [index, side] : sides_) side.Push(frame);
  return base::Status::Ok();
}

void Run::ShowProgress() {
  double part = demuxer_->fraction_read();
  if (report_.source.duration_ms)
    part = media_seconds_ * 1000 /
           static_cast<double>(*report_.source.duration_ms);
  // 100 is told at the end, when it is true.
  meter_.Update(std::clamp(part * 100, 0.0, 99.0), media_seconds_,
                demuxer_->bytes_read());
}

base::Status Run::FinishLane(OutputLane& lane, OutputReport& output) {
  ASSIGN_OR_RETURN(LaneReport done, lane.Finish());
  output.samples = done.samples;
  output.bytes = done.bytes;
  output.sample_rate = done.format.sample_rate;
  output.channels = done.format.channels;
  output.duration_ms =
      done.samples * 1000 / static_cast<uint64_t>(done.format.sample_rate);
  output.track = track_.index;
  output.language = track_.language;
  output.loudness = done.loudness;
  return base::Status::Ok();
}

base::Status Run::FinishSides() {
  media::DecodedFacts facts;
  std::optional<double> seconds;
  if (needs_sound_) {
    seconds = media_seconds_;
    facts = {track_.index, report_.source.sample_rate, report_.source.channels,
             seconds};
  }
  std::vector<size_t> pictures;
  for (auto& [index, side] : sides_) {
    ASSIGN_OR_RETURN(auto bytes, side.Finish(*demuxer_, facts));
    report_.outputs[index].bytes = bytes.value_or(0);
    if (!bytes) pictures.push_back(index);
  }
  // A picture is looked for with a demuxer of its own: there is only one at a
  // time, because its tables may be large.
  decoder_.reset();
  demuxer_.reset();
  for (size_t index : pictures) {
    ASSIGN_OR_RETURN(report_.outputs[index].bytes,
                     sides_.at(index).MakePicture(source_, seconds, stop_));
  }
  return base::Status::Ok();
}

}  // namespace

base::Result<PipelineReport> RunPipeline(base::ByteSource& source,
                                         std::span<const OutputRequest> outputs,
                                         const ProgressCallback& on_progress,
                                         const base::Clock& clock,
                                         std::stop_token stop) {
  return Run(source, on_progress, clock, std::move(stop)).Do(outputs);
}

}  // namespace vexaa::runner

#include "runner/audio_pipeline.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/audio_plan.h"
#include "runner/copy_lane.h"
#include "runner/copy_plan.h"
#include "runner/media/demuxer.h"
#include "runner/media/loudness_tap.h"
#include "runner/output_lane.h"
#include "runner/side_output.h"
#include "runner/track_run.h"

namespace vexaa::runner {
namespace {

using jobs::Fail;
using jobs::Reason;

constexpr base::Duration kProgressPause = std::chrono::milliseconds(250);
constexpr base::Duration kProgressAtLeastEvery = std::chrono::seconds(2);
// So many packets show how a source's frames are timed.
constexpr int kPacketsBeforeJump = 48;

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
    if (!callback_ || now < told_at_ + kProgressPause) return;
    if (percent < told_percent_ + 1 && now < told_at_ + kProgressAtLeastEvery)
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

// An output that is made, and what it is made of.
struct Making {
  const OutputRequest* request = nullptr;
  std::optional<TrackChoice> choice = {};      // none: it needs no sound
  TrackRun* track = nullptr;                   // likewise
  std::string copied = {};                     // whether it is copied, and why
  std::unique_ptr<OutputLane> lane = nullptr;  // of what is encoded
  std::unique_ptr<CopyLane> copy = nullptr;    // of what is copied
  std::unique_ptr<media::LoudnessTap> loudness = nullptr;  // likewise
  std::unique_ptr<SideOutput> side = nullptr;  // of what is no audio
};

class Run {
 public:
  Run(base::ByteSource& source, const PipelineRequest& request,
      const ProgressCallback& on_progress, const base::Clock& clock,
      std::stop_token stop)
      : source_(source),
        request_(request),
        meter_(on_progress, clock),
        stop_(std::move(stop)) {}

  base::Result<PipelineReport> Do() {
    RETURN_IF_ERROR(OpenSource());
    RETURN_IF_ERROR(ChooseTracks());
    RETURN_IF_ERROR(OpenTracks());
    RETURN_IF_ERROR(OpenOutputs());
    RETURN_IF_ERROR(GoToClip());
    RETURN_IF_ERROR(ReadAll());
    Describe();
    for (Making& making : makings_) RETURN_IF_ERROR(Finish(making));
    RETURN_IF_ERROR(MakePictures());
    double seconds = tracks_.empty() ? 0 : tracks_.front()->seconds();
    meter_.Tell(100, seconds, report_.source.bytes_read);
    return std::move(report_);
  }

 private:
  base::Status OpenSource();
  base::Status ChooseTracks();
  base::Status OpenTracks();
  base::Status OpenOutputs();
  LaneRequest LaneFor(const Making& making) const;
  CodedSound CodedSoundOf(const Making& making) const;
  base::Status OpenCopy(Making& making);
  TrackRun& TrackOf(int number);
  base::Status GoToClip();
  base::Result<bool> Jump();
  base::Status StartAgain();
  base::Status ReadAll();
  base::Result<bool> ReadOne();
  base::Status EndTracks();
  base::Status CheckSound() const;
  bool AllTracks(bool (TrackRun::*is)() const) const;
  void Describe();
  base::Status Finish(Making& making);
  base::Status MakePictures();
  media::DecodedFacts Facts() const;
  std::optional<double> ExpectedSeconds() const;
  void ShowProgress();
  uint64_t BytesRead() const { return bytes_before_ + demuxer_->bytes_read(); }

  base::ByteSource& source_;
  const PipelineRequest& request_;
  ProgressMeter meter_;
  std::stop_token stop_;
  std::unique_ptr<media::Demuxer> demuxer_;
  uint64_t bytes_before_ = 0;  // read by demuxers before this one
  media::PacketPtr packet_{av_packet_alloc()};
  std::vector<std::unique_ptr<TrackRun>> tracks_;  // of the outputs' choices
  std::vector<Making> makings_;
  PipelineReport report_;
};

base::Status Run::OpenSource() {
  auto scrutiny = media::Scrutiny::kTracks;
  for (const OutputRequest& output : request_.outputs)
    scrutiny = std::max(scrutiny, SideOutput::ScrutinyFor(output.plan.kind));
  ASSIGN_OR_RETURN(demuxer_, media::Demuxer::Open(source_, stop_, scrutiny));
  return base::Status::Ok();
}

// By default the tracks that are known at once will do.
bool WantsEveryTrack(const PipelineRequest& request) {
  return std::any_of(request.outputs.begin(), request.outputs.end(),
                     [](const OutputRequest& output) {
                       return output.plan.track.by !=
                              jobs::TrackSelector::By::kAuto;
                     });
}

base::Status Run::ChooseTracks() {
  if (WantsEveryTrack(request_)) RETURN_IF_ERROR(demuxer_->FindAllTracks());
  auto tracks = demuxer_->tracks();
  std::vector<jobs::OutputPlan> plans;
  for (const OutputRequest& output : request_.outputs)
    plans.push_back(output.plan);
  RETURN_IF_ERROR(CheckAllTracks(tracks.size(), plans));
  for (const OutputRequest& output : request_.outputs) {
    const jobs::OutputPlan& plan = output.plan;
    if (plan.if_track_exists &&
        static_cast<size_t>(plan.track.number) >= tracks.size())
      continue;
    Making& making = makings_.emplace_back();
    making.request = &output;
    if (plan.kind != jobs::OutputKind::kAudio) {
      making.side = std::make_unique<SideOutput>(plan.kind, plan.silence);
      RETURN_IF_ERROR(making.side->Check(*demuxer_));
      if (!making.side->needs_sound()) continue;
    }
    bool copies = plan.kind == jobs::OutputKind::kAudio &&
                  plan.profile.codec == jobs::Codec::kCopy;
    ASSIGN_OR_RETURN(making.choice, ChooseTrack(tracks, plan.track,
                                                !copies || request_.loudness));
  }
  return base::Status::Ok();
}

TrackRun& Run::TrackOf(int number) {
  for (auto& track : tracks_)
    if (track->number() == number) return *track;
  AudioTrack facts = demuxer_->tracks()[static_cast<size_t>(number)];
  return *tracks_.emplace_back(
      std::make_unique<TrackRun>(number, std::move(facts), request_.clip));
}

base::Status Run::OpenTracks() {
  for (Making& making : makings_)
    if (making.choice) making.track = &TrackOf(making.choice->number);
  report_.source.container = demuxer_->container().name;
  if (tracks_.empty()) return base::Status::Ok();
  std::vector<int> streams;
  for (auto& track : tracks_) streams.push_back(track->track().index);
  RETURN_IF_ERROR(demuxer_->Select(streams));
  for (auto& track : tracks_)
    RETURN_IF_ERROR(track->Start(demuxer_->stream(track->track().index)));
  return base::Status::Ok();
}

base::Status Run::OpenOutputs() {
  for (Making& making : makings_) {
    const OutputRequest& request = *making.request;
    if (making.side) {
      ASSIGN_OR_RETURN(media::OutputSink * sink,
                       request.open(making.side->content_type()));
      making.side->WriteTo(*sink);
      if (making.track != nullptr) making.track->AddSide(*making.side);
      continue;
    }
    CopyDecision decision =
        DecideCopy(request.plan.profile, CodedSoundOf(making),
                   request_.clip != jobs::Clip{});
    making.copied = decision.why;
    if (decision.copies) {
      RETURN_IF_ERROR(OpenCopy(making));
      continue;
    }
    const auto container = jobs::ContainerOf(request.plan.profile);
    ASSIGN_OR_RETURN(media::OutputSink * sink,
                     request.open(jobs::ContentTypeOf(container)));
    making.lane = std::make_unique<OutputLane>(LaneFor(making), *sink, stop_);
    making.track->AddLane(*making.lane);
  }
  return base::Status::Ok();
}

CodedSound Run::CodedSoundOf(const Making& making) const {
  const AudioTrack& track = making.track->track();
  const AVCodecParameters& codec = *demuxer_->stream(track.index).codecpar;
  CodedSound sound{.codec = track.codec,
                   .sample_rate = codec.sample_rate,
                   .channels = codec.ch_layout.nb_channels,
                   .bitrate = codec.bit_rate};
  // The whole file's is more than the track's.
  auto ms = demuxer_->duration_ms(track.index);
  if (sound.bitrate <= 0 && ms && *ms > 0)
    sound.bitrate =
        static_cast<int64_t>(demuxer_->source_bytes()) * 8 * 1000 / *ms;
  return sound;
}

base::Status Run::OpenCopy(Making& making) {
  const AVStream& stream = demuxer_->stream(making.track->track().index);
  const jobs::Profile& profile = making.request->plan.profile;
  ASSIGN_OR_RETURN(
      making.copy,
      CopyLane::Create({.container = jobs::ContainerOf(profile),
                        .clip = request_.clip,
                        .tags = media::ReadTags(demuxer_->format(), stream),
                        .seconds = ExpectedSeconds()},
                       stream, making.request->open));
  making.track->AddCopy(*making.copy);
  if (!request_.loudness) return base::Status::Ok();
  making.loudness = std::make_unique<media::LoudnessTap>();
  making.track->AddTap(*making.loudness);
  return base::Status::Ok();
}

LaneRequest Run::LaneFor(const Making& making) const {
  const AVStream& stream = demuxer_->stream(making.track->track().index);
  return {.profile = making.request->plan.profile,
          .loudness = request_.loudness,
          .tags = media::ReadTags(demuxer_->format(), stream),
          .seconds = ExpectedSeconds()};
}

bool Run::AllTracks(bool (TrackRun::*is)() const) const {
  return std::all_of(tracks_.begin(), tracks_.end(),
                     [&](const auto& track) { return (*track.*is)(); });
}

// Jumps to just before the clip when that spares reading. Where the jump leads
// is seen from what comes then; when that is not exact, everything is read
// from the beginning instead.
base::Status Run::GoToClip() {
  if (request_.clip.start_us == 0 || tracks_.empty()) return base::Status::Ok();
  for (int i = 0; i < kPacketsBeforeJump; ++i) {
    ASSIGN_OR_RETURN(bool more, ReadOne());
    if (!more) return base::Status::Ok();
  }
  if (!AllTracks(&TrackRun::WantsJump)) return base::Status::Ok();
  ASSIGN_OR_RETURN(bool landed, Jump());
  return landed ? base::Status::Ok() : StartAgain();
}

base::Result<bool> Run::Jump() {
  const TrackRun& first = *tracks_.front();
  ASSIGN_OR_RETURN(bool moved, demuxer_->SeekBefore(first.track().index,
                                                    first.JumpTimestamp()));
  if (!moved) return false;
  for (auto& track : tracks_) track->Jumped();
  while (!AllTracks(&TrackRun::landed)) {
    ASSIGN_OR_RETURN(bool more, ReadOne());
    if (!more) return false;
    for (auto& track : tracks_)
      if (track->missed()) return false;
  }
  return true;
}

base::Status Run::StartAgain() {
  bytes_before_ += demuxer_->bytes_read();
  demuxer_.reset();
  RETURN_IF_ERROR(source_.Seek(0));
  RETURN_IF_ERROR(OpenSource());
  if (WantsEveryTrack(request_)) RETURN_IF_ERROR(demuxer_->FindAllTracks());
  return OpenTracks();
}

base::Status Run::ReadAll() {
  if (tracks_.empty()) return base::Status::Ok();
  for (;;) {
    if (AllTracks(&TrackRun::ended)) break;
    ASSIGN_OR_RETURN(bool more, ReadOne());
    if (!more) break;
    ShowProgress();
  }
  RETURN_IF_ERROR(EndTracks());
  return CheckSound();
}

base::Result<bool> Run::ReadOne() {
  ASSIGN_OR_RETURN(bool more, demuxer_->Read(*packet_));
  if (!more) return false;
  for (auto& track : tracks_)
    if (track->track().index == packet_->stream_index)
      RETURN_IF_ERROR(track->Take(packet_.get()));
  av_packet_unref(packet_.get());
  return true;
}

base::Status Run::EndTracks() {
  for (auto& track : tracks_) RETURN_IF_ERROR(track->Take(nullptr));
  return base::Status::Ok();
}

std::string SecondsText(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f s", seconds);
  return text.data();
}

// Why nothing of a track lies in the clip.
std::string NothingToCut(const TrackRun& track, double start) {
  const std::string name =
      "audio track " + std::to_string(track.number()) + " of the source";
  if (track.length_seconds() > start)
    return "the clip holds no sound: the times of " + name +
           " jump over it, to " + SecondsText(track.length_seconds()) +
           "; choose another start, or a longer clip";
  return "the clip starts at " + SecondsText(start) + " but " + name +
         " ends at " + SecondsText(track.length_seconds()) +
         "; choose an earlier start";
}

base::Status Run::CheckSound() const {
  const double start = static_cast<double>(request_.clip.start_us) / 1e6;
  for (const auto& track : tracks_) {
    if (track->has_sound()) continue;
    if (!track->decodes() && request_.clip == jobs::Clip{}) continue;
    if (track->decodes() && track->decoder().samples() == 0)
      return Fail(Reason::kCorruptInput,
                  "not one sample of the source's sound could be decoded");
    return Fail(Reason::kInvalidJob, NothingToCut(*track, start));
  }
  return base::Status::Ok();
}

// What the source says that all tracks will have given at the end.
std::optional<double> Run::ExpectedSeconds() const {
  const jobs::Clip& clip = request_.clip;
  double wanted = static_cast<double>(clip.duration_us) / 1e6;
  auto header = demuxer_->duration_ms(tracks_.front()->track().index);
  if (!header) return wanted > 0 ? std::optional(wanted) : std::nullopt;
  double left = (static_cast<double>(*header) -
                 static_cast<double>(clip.start_us) / 1e3) /
                1e3;
  return wanted > 0 ? std::min(wanted, left) : left;
}

void Run::ShowProgress() {
  double seconds = tracks_.front()->seconds();
  double part = demuxer_->fraction_read();
  if (auto expected = ExpectedSeconds())
    part = *expected > 0 ? seconds / *expected : 0;
  // 100 is told at the end, when it is true.
  meter_.Update(std::clamp(part * 100, 0.0, 99.0), seconds, BytesRead());
}

void Run::Describe() {
  SourceReport& source = report_.source;
  source.bytes_read = BytesRead();
  if (tracks_.empty()) return;
  const TrackRun& first = *tracks_.front();
  source.codec =
      first.decodes() ? first.decoder().codec_name() : first.track().codec;
  source.samples = first.samples();
  if (first.sound()) {
    source.sample_rate = first.sound()->sample_rate;
    source.channels = first.sound()->channels;
  }
  for (const auto& track : tracks_)
    if (track->decodes())
      source.damaged_packets += track->decoder().error_count();
  if (auto ms = demuxer_->duration_ms(first.track().index))
    source.duration_ms = static_cast<uint64_t>(*ms);
}

void Report(const LaneReport& done, OutputReport& output) {
  output.samples = done.samples;
  output.bytes = done.bytes;
  output.sample_rate = done.format.sample_rate;
  output.channels = done.format.channels;
  output.duration_ms =
      done.samples * 1000 / static_cast<uint64_t>(done.format.sample_rate);
  output.loudness = done.loudness;
  output.gapless = done.gapless;
  if (!done.note.empty()) output.note += "; " + done.note;
}

base::Status Run::Finish(Making& making) {
  OutputReport output;
  output.index = making.request->plan.index;
  if (making.choice) {
    output.track = making.choice->number;
    output.language = making.track->track().language;
    output.note = making.choice->why;
  }
  if (!making.copied.empty()) output.note += "; " + making.copied;
  if (making.lane) {
    ASSIGN_OR_RETURN(LaneReport done, making.lane->Finish());
    Report(done, output);
  } else if (making.copy) {
    ASSIGN_OR_RETURN(LaneReport done, making.copy->Finish());
    if (making.loudness) {
      ASSIGN_OR_RETURN(done.loudness, making.loudness->Measure());
    }
    Report(done, output);
  } else {
    ASSIGN_OR_RETURN(auto bytes, making.side->Finish(*demuxer_, Facts()));
    output.bytes = bytes.value_or(0);  // 0: a picture, still to be made
  }
  report_.outputs.push_back(std::move(output));
  return base::Status::Ok();
}

// What was learnt of the whole sound; nothing when only a clip was decoded.
media::DecodedFacts Run::Facts() const {
  media::DecodedFacts facts;
  if (tracks_.empty() || request_.clip != jobs::Clip{}) return facts;
  facts.stream = tracks_.front()->track().index;
  facts.sample_rate = report_.source.sample_rate;
  facts.channels = report_.source.channels;
  facts.seconds = tracks_.front()->seconds();
  return facts;
}

// After the sound was read a picture is looked for with a demuxer of its own:
// there is only one at a time, because its tables may be large.
base::Status Run::MakePictures() {
  const std::optional<double> seconds = Facts().seconds;
  if (!tracks_.empty()) demuxer_.reset();
  for (size_t i = 0; i < makings_.size(); ++i) {
    if (makings_[i].request->plan.kind != jobs::OutputKind::kThumbnail)
      continue;
    auto demuxer = std::exchange(demuxer_, nullptr);
    ASSIGN_OR_RETURN(report_.outputs[i].bytes,
                     makings_[i].side->MakePicture(std::move(demuxer), source_,
                                                   seconds, stop_));
  }
  return base::Status::Ok();
}

}  // namespace

base::Result<PipelineReport> RunPipeline(base::ByteSource& source,
                                         const PipelineRequest& request,
                                         const ProgressCallback& on_progress,
                                         const base::Clock& clock,
                                         std::stop_token stop) {
  return Run(source, request, on_progress, clock, std::move(stop)).Do();
}

}  // namespace vexaa::runner

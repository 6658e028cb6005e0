#include <algorithm>

#include "runner/pipeline_run.h"

namespace vexaa::runner {

base::Status PipelineRun::OpenSource() {
  auto scrutiny = media::Scrutiny::kTracks;
  for (const OutputRequest& output : request_.outputs)
    scrutiny = std::max(scrutiny, SideOutput::ScrutinyFor(output.plan.kind));
  ASSIGN_OR_RETURN(demuxer_, media::Demuxer::Open(source_, stop_, scrutiny));
  return base::Status::Ok();
}

// By default the tracks that are known at once will do.
bool PipelineRun::WantsEveryTrack() const {
  return std::any_of(request_.outputs.begin(), request_.outputs.end(),
                     [](const OutputRequest& output) {
                       return output.plan.track.by !=
                              jobs::TrackSelector::By::kAuto;
                     });
}

base::Status PipelineRun::ChooseTracks() {
  if (WantsEveryTrack()) RETURN_IF_ERROR(demuxer_->FindAllTracks());
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

TrackRun& PipelineRun::TrackOf(int number) {
  for (auto& track : tracks_)
    if (track->number() == number) return *track;
  AudioTrack facts = demuxer_->tracks()[static_cast<size_t>(number)];
  return *tracks_.emplace_back(
      std::make_unique<TrackRun>(number, std::move(facts), request_.clip));
}

base::Status PipelineRun::OpenTracks() {
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

base::Status PipelineRun::OpenOutputs() {
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

CodedSound PipelineRun::CodedSoundOf(const Making& making) const {
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

base::Status PipelineRun::OpenCopy(Making& making) {
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

LaneRequest PipelineRun::LaneFor(const Making& making) const {
  const AVStream& stream = demuxer_->stream(making.track->track().index);
  return {.profile = making.request->plan.profile,
          .loudness = request_.loudness,
          .tags = media::ReadTags(demuxer_->format(), stream),
          .seconds = ExpectedSeconds()};
}

// What the source says that all tracks will have given at the end.
std::optional<double> PipelineRun::ExpectedSeconds() const {
  const jobs::Clip& clip = request_.clip;
  double wanted = static_cast<double>(clip.duration_us) / 1e6;
  auto header = demuxer_->duration_ms(tracks_.front()->track().index);
  if (!header) return wanted > 0 ? std::optional(wanted) : std::nullopt;
  double left = (static_cast<double>(*header) -
                 static_cast<double>(clip.start_us) / 1e3) /
                1e3;
  return wanted > 0 ? std::min(wanted, left) : left;
}

}  // namespace vexaa::runner

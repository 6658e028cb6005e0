#include <algorithm>
#include <array>
#include <cstdio>

#include "lib/jobs/reason.h"
#include "runner/pipeline_run.h"

namespace vexaa::runner {
namespace {

using jobs::Fail;
using jobs::Reason;

// So many packets show how a source's frames are timed.
constexpr int kPacketsBeforeJump = 48;

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

}  // namespace

bool PipelineRun::AllTracks(bool (TrackRun::*is)() const) const {
  return std::all_of(tracks_.begin(), tracks_.end(),
                     [&](const auto& track) { return (*track.*is)(); });
}

// Jumps to just before the clip when that spares reading. Where the jump leads
// is seen from what comes then; when that is not exact, everything is read
// from the beginning instead.
base::Status PipelineRun::GoToClip() {
  if (request_.clip.start_us == 0 || tracks_.empty()) return base::Status::Ok();
  for (int i = 0; i < kPacketsBeforeJump; ++i) {
    ASSIGN_OR_RETURN(bool more, ReadOne());
    if (!more) return base::Status::Ok();
  }
  if (!AllTracks(&TrackRun::WantsJump)) return base::Status::Ok();
  ASSIGN_OR_RETURN(bool landed, Jump());
  return landed ? base::Status::Ok() : StartAgain();
}

base::Result<bool> PipelineRun::Jump() {
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

base::Status PipelineRun::StartAgain() {
  bytes_before_ += demuxer_->bytes_read();
  demuxer_.reset();
  RETURN_IF_ERROR(source_.Seek(0));
  RETURN_IF_ERROR(OpenSource());
  if (WantsEveryTrack()) RETURN_IF_ERROR(demuxer_->FindAllTracks());
  return OpenTracks();
}

base::Status PipelineRun::ReadAll() {
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

base::Result<bool> PipelineRun::ReadOne() {
  ASSIGN_OR_RETURN(bool more, demuxer_->Read(*packet_));
  if (!more) return false;
  for (auto& track : tracks_)
    if (track->track().index == packet_->stream_index)
      RETURN_IF_ERROR(track->Take(packet_.get()));
  av_packet_unref(packet_.get());
  return true;
}

base::Status PipelineRun::EndTracks() {
  for (auto& track : tracks_) RETURN_IF_ERROR(track->Take(nullptr));
  return base::Status::Ok();
}

base::Status PipelineRun::CheckSound() const {
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

void PipelineRun::ShowProgress() {
  double seconds = tracks_.front()->seconds();
  double part = demuxer_->fraction_read();
  if (auto expected = ExpectedSeconds())
    part = *expected > 0 ? seconds / *expected : 0;
  // 100 is told at the end, when it is true.
  meter_.Update(std::clamp(part * 100, 0.0, 99.0), seconds, BytesRead());
}

}  // namespace vexaa::runner

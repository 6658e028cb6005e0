#include <utility>

#include "runner/pipeline_run.h"

namespace vexaa::runner {
namespace {

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

}  // namespace

void PipelineRun::Describe() {
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

base::Status PipelineRun::Finish(Making& making) {
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
media::DecodedFacts PipelineRun::Facts() const {
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
base::Status PipelineRun::MakePictures() {
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

}  // namespace vexaa::runner

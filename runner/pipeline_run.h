// One run of the media engine, for audio_pipeline.cc: opens source and outputs
// (pipeline_open.cc), reads the source (pipeline_read.cc), finishes and
// describes the outputs (pipeline_finish.cc). Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "runner/audio_pipeline.h"
#include "runner/audio_plan.h"
#include "runner/copy_lane.h"
#include "runner/copy_plan.h"
#include "runner/media/demuxer.h"
#include "runner/media/loudness_tap.h"
#include "runner/output_lane.h"
#include "runner/progress_meter.h"
#include "runner/side_output.h"
#include "runner/track_run.h"

namespace vexaa::runner {

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

class PipelineRun {
 public:
  PipelineRun(base::ByteSource& source, const PipelineRequest& request,
              const ProgressCallback& on_progress, const base::Clock& clock,
              std::stop_token stop)
      : source_(source),
        request_(request),
        meter_(on_progress, clock),
        stop_(std::move(stop)) {}

  // Opens, reads, finishes; once.
  base::Result<PipelineReport> Do();

 private:
  base::Status OpenSource();
  base::Status ChooseTracks();
  base::Status OpenTracks();
  base::Status OpenOutputs();
  bool WantsEveryTrack() const;
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

}  // namespace vexaa::runner

// One output of a run that is the source's packets as they are. The file is
// opened with the first packet, which tells what containers may leave out. Of a
// clip players are told what to leave out, where the file can say so.
// Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/status.h"
#include "runner/copy_plan.h"
#include "runner/media/libav.h"
#include "runner/media/muxer.h"
#include "runner/output_lane.h"
#include "runner/packet_clip.h"

namespace vexaa::runner {

struct CopyRequest {
  jobs::Container container = jobs::Container::kFitting;
  jobs::Clip clip = {};
  media::SourceTags tags = {};
  std::optional<double> seconds;  // that the sound will last, if known
};

class CopyLane {
 public:
  // `stream` is not kept. UnsupportedCodec: the codec does not fit.
  static base::Result<std::unique_ptr<CopyLane>> Create(CopyRequest request,
                                                        const AVStream& stream,
                                                        media::OpenSink open);

  base::Status Push(const AVPacket& packet);
  double seconds() const {
    return muxer_ ? static_cast<double>(next_) / codec_->sample_rate : 0;
  }
  bool has_sound() const { return muxer_ != nullptr; }
  // The clip's end was reached.
  bool ended() const { return clip_ && clip_->ended(); }

  // As of TrackRun.
  bool WantsJump() const { return clip_ && !muxer_ && clip_->WantsJump(); }
  int64_t JumpTimestamp() const { return clip_->JumpTimestamp(); }
  void Jumped() { clip_->Jumped(); }
  bool landed() const { return !clip_ || clip_->landed(); }
  bool missed() const { return clip_ && clip_->missed(); }
  double length_seconds() const {
    return clip_ ? clip_->length_seconds() : seconds();
  }
  // The packets come from the beginning again; nothing was written yet.
  void StartAgain();

  // Verifies the file and gives its head to the sink.
  base::Result<LaneReport> Finish();

 private:
  CopyLane(CopyRequest request, AVRational time_base,
           media::CodecParametersPtr codec, media::OpenSink open)
      : request_(std::move(request)),
        time_base_(time_base),
        open_(std::move(open)),
        codec_(std::move(codec)) {}
  base::Status Prepare(const AVPacket& first);
  base::Status PushClip(const AVPacket& packet, int64_t samples);
  base::Status OpenClip(std::vector<PlacedPacket>& chosen);
  base::Status WriteClipped(PlacedPacket placed);
  base::Status Open(int64_t delay);
  bool IsRefusal(const base::Status& status) const;
  base::Status BlameSource(const base::Status& status) const;
  base::Status CheckBeginning(const base::Status& status) const;
  bool IsFirst() const { return next_ == -codec_->initial_padding; }
  std::string CutNote() const;
  base::Status OpenFilter();
  base::Status TellDelay(AVPacket& packet) const;
  base::Status Write(media::PacketPtr packet, int64_t samples);
  base::Status Filter(AVPacket& packet);

  const CopyRequest request_;
  const AVRational time_base_;
  const media::OpenSink open_;
  media::OutputSink* sink_ = nullptr;  // from the first packet on
  media::CodecParametersPtr codec_;
  media::BitstreamFilterPtr filter_;  // of AAC in a transport stream's frames
  std::unique_ptr<media::Muxer> muxer_;
  jobs::Container container_ = jobs::Container::kMka;
  bool prepared_ = false;
  ClipCopy plan_;
  PacketClipRules rules_;
  std::optional<PacketClip> clip_;  // none: the whole track
  bool exact_ = false;
  int64_t early_ = 0;  // samples of the file before the clip
  int64_t late_ = 0;   // and behind it
  int64_t next_ = 0;   // in samples
};

}  // namespace vexaa::runner

// One output of a run that is the source's packets as they are. The file is
// opened with the first packet, which tells what containers may leave out.
// Used by one thread; `sink` must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/status.h"
#include "runner/media/libav.h"
#include "runner/media/muxer.h"
#include "runner/output_lane.h"

namespace vexaa::runner {

struct CopyRequest {
  jobs::Container container = jobs::Container::kFitting;
  jobs::Clip clip = {};  // packets outside are left out, none is cut
  media::SourceTags tags = {};
  std::optional<double> seconds;  // that the sound will last, if known
};

class CopyLane {
 public:
  // `stream` is not kept. UnsupportedCodec: the codec does not fit.
  static base::Result<std::unique_ptr<CopyLane>> Create(
      CopyRequest request, const AVStream& stream, media::OutputSink& sink);

  base::Status Push(const AVPacket& packet);
  double seconds() const {
    return muxer_ ? static_cast<double>(next_) / codec_->sample_rate : 0;
  }
  // The clip's end was reached.
  bool ended() const { return ended_; }
  // Verifies the file and gives its head to the sink.
  base::Result<LaneReport> Finish();

 private:
  CopyLane(CopyRequest request, AVRational time_base,
           media::CodecParametersPtr codec, media::OutputSink& sink)
      : request_(std::move(request)),
        time_base_(time_base),
        sink_(sink),
        codec_(std::move(codec)) {}
  bool IsInClip(const AVPacket& packet);
  base::Status Open(const AVPacket& first);
  base::Status OpenFilter();
  base::Status Write(media::PacketPtr packet, int64_t samples);
  base::Status Filter(AVPacket& packet);

  const CopyRequest request_;
  const AVRational time_base_;
  media::OutputSink& sink_;
  media::CodecParametersPtr codec_;
  media::BitstreamFilterPtr filter_;  // of AAC in a transport stream's frames
  std::unique_ptr<media::Muxer> muxer_;
  int64_t start_timestamp_ = AV_NOPTS_VALUE;
  int64_t next_ = 0;  // in samples
  bool ended_ = false;
};

}  // namespace vexaa::runner

#include "runner/media/thumbnail.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/limits.h"
#include "runner/media/picture.h"

namespace vexaa::media {
namespace {

using jobs::Fail;
using jobs::Reason;

constexpr double kPart = 0.1;  // of the length

bool IsVideo(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
}

bool IsCover(const AVStream& stream) {
  return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

// Looks for key pictures in an opened source.
class PictureFinder {
 public:
  PictureFinder(Demuxer& demuxer, std::optional<double> seconds)
      : demuxer_(demuxer), seconds_(seconds) {}

  base::Result<FramePtr> Find() {
    ASSIGN_OR_RETURN(decoder_, KeyPictureDecoder::Open(demuxer_.stream()));
    GoToTarget();
    RETURN_IF_ERROR(ReadOn());
    if (!best_ && entered_by_bytes_) {
      av_seek_frame(&demuxer_.format(), -1, 0, AVSEEK_FLAG_BYTE);
      RETURN_IF_ERROR(ReadOn());
    }
    if (!best_)
      return Fail(Reason::kCorruptInput,
                  "no picture of the video can be decoded for a thumbnail");
    return std::move(best_);
  }

 private:
  void GoToTarget();
  base::Status ReadOn();
  bool IsPastTarget(const AVPacket& packet) const;

  Demuxer& demuxer_;
  const std::optional<double> seconds_;
  std::unique_ptr<KeyPictureDecoder> decoder_;
  // Where pictures before this time are passed by; of fragmented files, whose
  // places are known only once they were read.
  std::optional<int64_t> target_;
  // There may be no key picture behind that place in a short file.
  bool entered_by_bytes_ = false;
  FramePtr best_;
};

void PictureFinder::GoToTarget() {
  AVFormatContext& format = demuxer_.format();
  const AVStream& stream = demuxer_.stream();
  if (IsCover(stream)) return;
  // Containers without an index are entered at a tenth of their bytes.
  const std::string_view name = demuxer_.container().demuxer;
  if (name == "mpegts" || name == "mpeg") {
    auto size = static_cast<double>(avio_size(format.pb));
    av_seek_frame(&format, -1, static_cast<int64_t>(size * kPart),
                  AVSEEK_FLAG_BYTE);
    entered_by_bytes_ = true;
    return;
  }
  double seconds = seconds_.value_or(0);
  if (auto ms = demuxer_.duration_ms(stream.index))
    seconds = static_cast<double>(*ms) / 1000;
  if (seconds <= 0) return;
  int64_t start = stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time;
  int64_t target =
      start + static_cast<int64_t>(seconds * kPart / av_q2d(stream.time_base));
  if (demuxer_.container().fragmented)
    target_ = target;
  else
    demuxer_.GoToPicture(target);
}

bool PictureFinder::IsPastTarget(const AVPacket& packet) const {
  return target_ && best_ && packet.pts != AV_NOPTS_VALUE &&
         packet.pts > *target_;
}

base::Status PictureFinder::ReadOn() {
  PacketPtr packet(av_packet_alloc());
  const uint64_t first = demuxer_.bytes_read();
  int failures = 0;
  while (failures < kMaxPictureTries &&
         demuxer_.bytes_read() - first < kMaxPictureSearchBytes) {
    av_packet_unref(packet.get());
    ASSIGN_OR_RETURN(bool more, demuxer_.Read(*packet));
    if (!more || IsPastTarget(*packet)) break;
    if ((packet->flags & AV_PKT_FLAG_KEY) == 0) continue;
    FramePtr picture = decoder_->Decode(*packet);
    if (!picture) {
      ++failures;
      continue;
    }
    best_ = std::move(picture);
    if (!target_) break;
  }
  return base::Status::Ok();
}

}  // namespace

int FindVideo(const AVFormatContext& format) {
  auto rank = [](const AVStream& stream) {
    if (IsCover(stream)) return 2;
    return (stream.disposition & AV_DISPOSITION_DEFAULT) != 0 ? 0 : 1;
  };
  const AVStream* best = nullptr;
  for (const AVStream* stream : std::span(format.streams, format.nb_streams))
    if (IsVideo(*stream) && (best == nullptr || rank(*stream) < rank(*best)))
      best = stream;
  return best == nullptr ? -1 : best->index;
}

base::Status NoVideo() {
  return Fail(Reason::kInvalidJob,
              "the source has no video for a thumbnail; leave that output out");
}

base::Result<std::vector<std::byte>> MakeThumbnail(
    Demuxer& demuxer, std::optional<double> seconds) {
  int index = FindVideo(demuxer.format());
  if (index < 0) return NoVideo();
  RETURN_IF_ERROR(demuxer.SelectForPicture(index));
  ASSIGN_OR_RETURN(FramePtr picture, PictureFinder(demuxer, seconds).Find());
  return MakeJpeg(*picture, kThumbnailWidth,
                  OrientationOf(demuxer.stream(), *picture));
}

base::Result<std::vector<std::byte>> MakeThumbnail(
    base::ByteSource& source, std::optional<double> seconds,
    std::stop_token stop) {
  RETURN_IF_ERROR(source.Seek(0));
  ASSIGN_OR_RETURN(auto demuxer,
                   Demuxer::Open(source, std::move(stop), Scrutiny::kStreams));
  return MakeThumbnail(*demuxer, seconds);
}

}  // namespace vexaa::media

#include "runner/media/muxer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/jobs/reason.h"
#include "runner/media/picture_comment.h"

namespace vexaa::media {
namespace {

using jobs::Container;
using jobs::Fail;
using jobs::Reason;

// Of a fragmented M4A; a shorter one costs bytes, a longer one memory.
constexpr int64_t kFragmentMicroseconds = 10'000'000;
constexpr size_t kMaxOggCoverBytes = 2 << 20;
// The rest of Matroska's head: texts of at most 4 KiB each.
constexpr size_t kAroundCoverBytes = 128 << 10;

// iTunes' M4A knows few codecs; the others are in plain MP4.
const char* MuxerName(Container container, AVCodecID codec) {
  bool itunes = codec == AV_CODEC_ID_AAC || codec == AV_CODEC_ID_ALAC ||
                codec == AV_CODEC_ID_AC3;
  switch (container) {
    case Container::kMp3:
      return "mp3";
    case Container::kWav:
      return "wav";
    case Container::kFlac:
      return "flac";
    case Container::kM4a:
      return itunes ? "ipod" : "mp4";
    case Container::kOgg:
      return codec == AV_CODEC_ID_OPUS ? "opus" : "ogg";
    case Container::kMka:
    case Container::kFitting:
      break;
  }
  return "matroska";
}

}  // namespace

// Matroska tells what to leave out of MP3 and AAC, but libav's players do not
// all go by it.
bool IsGapless(Container container, const AVCodecParameters& codec,
               bool seekable) {
  if (container == Container::kMka)
    return codec.codec_id != AV_CODEC_ID_AAC &&
           codec.codec_id != AV_CODEC_ID_MP3;
  // Where a copied Vorbis stream ends is known to a millisecond at most.
  if (codec.codec_id == AV_CODEC_ID_VORBIS) return false;
  // A copy of MP3 or AAC whose source tells no delay.
  bool delayed =
      codec.codec_id == AV_CODEC_ID_MP3 || codec.codec_id == AV_CODEC_ID_AAC;
  if (delayed && codec.initial_padding == 0) return false;
  return container != Container::kMp3 || seekable;
}

base::Result<std::unique_ptr<Muxer>> Muxer::Open(const MuxRequest& request,
                                                 OutputSink& sink) {
  std::unique_ptr<Muxer> muxer(new Muxer(request, sink));
  RETURN_IF_ERROR(muxer->Start(request, sink.head_bytes()));
  return muxer;
}

// The first samples are the encoder's delay, which players leave out.
Muxer::Muxer(const MuxRequest& request, OutputSink& sink)
    : io_(sink),
      container_(request.container),
      time_base_{1, request.codec->sample_rate},
      index_size_(request.tags == nullptr ? 0 : request.tags->bytes()),
      samples_(-request.codec->initial_padding) {}

Muxer::~Muxer() {
  if (format_ != nullptr) format_->pb = nullptr;
  avformat_free_context(format_);
}

base::Status Muxer::Start(const MuxRequest& request, size_t head_bytes) {
  const AVCodecID codec = request.codec->codec_id;
  int error = avformat_alloc_output_context2(
      &format_, nullptr, MuxerName(container_, codec), nullptr);
  RETURN_IF_ERROR(Check(error, "the muxer is missing"));
  format_->pb = io_.context();
  // FLAC in MP4 is one, in the libavformat of Debian 12.
  format_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  // No version strings: the same input gives the same bytes everywhere.
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  RETURN_IF_ERROR(AddStream(request, head_bytes));
  gapless_ = IsGapless(container_, *request.codec, head_bytes > 0);
  tells_length_ = head_bytes > 0 && container_ != Container::kOgg;
  AVDictionary* options = nullptr;
  SetOptions(request, head_bytes, &options);
  error = avformat_write_header(format_, &options);
  av_dict_free(&options);
  RETURN_IF_ERROR(Check(error, "the file's header could not be written"));
  ForgetPictureComment();
  return cover_ == nullptr ? base::Status::Ok() : WriteCover(*request.tags);
}

base::Status Muxer::AddStream(const MuxRequest& request, size_t head_bytes) {
  AVStream* stream = avformat_new_stream(format_, nullptr);
  if (stream == nullptr || io_.context() == nullptr)
    return Fail(Reason::kOutOfMemory, "no memory for the muxer");
  stream->time_base = time_base_;
  int error = avcodec_parameters_copy(stream->codecpar, request.codec);
  RETURN_IF_ERROR(Check(error, "the muxer refused the codec"));
  stream->codecpar->codec_tag = 0;
  if (request.tags == nullptr) return base::Status::Ok();
  SetTags(*request.tags);
  return request.tags->cover.empty() ? base::Status::Ok()
                                     : AddCover(*request.tags, head_bytes);
}

void Muxer::SetTags(const SourceTags& tags) {
  for (const auto& [name, value] : tags.entries)
    av_dict_set(&format_->metadata, name.c_str(), value.c_str(), 0);
  if (!tags.language.empty())
    av_dict_set(&format_->streams[0]->metadata, "language",
                tags.language.c_str(), 0);
}

base::Status Muxer::AddCover(const SourceTags& tags, size_t head_bytes) {
  switch (container_) {
    case Container::kMp3:
    case Container::kM4a:
    case Container::kFlac:
      return AddCoverStream(tags);
    case Container::kOgg:
      // The muxer keeps its header, four thirds of that, to the end.
      if (tags.cover.size() <= kMaxOggCoverBytes)
        av_dict_set(&format_->streams[0]->metadata, kPictureComment,
                    PictureComment(tags).c_str(), 0);
      return base::Status::Ok();
    case Container::kMka:
    case Container::kFitting:
      // What follows it is written again at the end.
      if (head_bytes > 0 && tags.cover.size() + kAroundCoverBytes > head_bytes)
        return base::Status::Ok();
      return AttachCover(tags);
    case Container::kWav:  // has no place for one
      break;
  }
  return base::Status::Ok();
}

base::Status Muxer::AddCoverStream(const SourceTags& tags) {
  cover_ = avformat_new_stream(format_, nullptr);
  if (cover_ == nullptr)
    return Fail(Reason::kOutOfMemory, "no memory for the cover");
  cover_->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  cover_->codecpar->codec_id =
      tags.cover_is_png ? AV_CODEC_ID_PNG : AV_CODEC_ID_MJPEG;
  cover_->codecpar->width = tags.cover_size.width;
  cover_->codecpar->height = tags.cover_size.height;
  cover_->disposition = AV_DISPOSITION_ATTACHED_PIC;
  cover_->time_base = {1, 90'000};
  return base::Status::Ok();
}

// Players of Matroska know a cover by its file's name.
base::Status Muxer::AttachCover(const SourceTags& tags) {
  AVStream* stream = avformat_new_stream(format_, nullptr);
  auto* bytes = static_cast<uint8_t*>(
      av_mallocz(tags.cover.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (stream == nullptr || bytes == nullptr) {
    av_free(bytes);
    return Fail(Reason::kOutOfMemory, "no memory for the cover");
  }
  std::copy(tags.cover.begin(), tags.cover.end(),
            reinterpret_cast<std::byte*>(bytes));
  stream->codecpar->extradata = bytes;
  stream->codecpar->extradata_size = static_cast<int>(tags.cover.size());
  stream->codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
  stream->codecpar->codec_id =
      tags.cover_is_png ? AV_CODEC_ID_PNG : AV_CODEC_ID_MJPEG;
  av_dict_set(&stream->metadata, "filename",
              tags.cover_is_png ? "cover.png" : "cover.jpg", 0);
  av_dict_set(&stream->metadata, "mimetype",
              tags.cover_is_png ? "image/png" : "image/jpeg", 0);
  return base::Status::Ok();
}

// It is written, and may be large.
void Muxer::ForgetPictureComment() {
  av_dict_set(&format_->streams[0]->metadata, kPictureComment, nullptr, 0);
}

base::Status Muxer::WriteCover(const SourceTags& tags) {
  PacketPtr packet(av_packet_alloc());
  if (!packet ||
      av_new_packet(packet.get(), static_cast<int>(tags.cover.size())) < 0)
    return Fail(Reason::kOutOfMemory, "no memory for the cover");
  std::copy(tags.cover.begin(), tags.cover.end(),
            reinterpret_cast<std::byte*>(packet->data));
  packet->stream_index = cover_->index;
  packet->flags |= AV_PKT_FLAG_KEY;
  packet->pts = packet->dts = 0;
  return Check(av_write_frame(format_, packet.get()), "the cover was refused");
}

void Muxer::SetOptions(const MuxRequest& request, size_t head_bytes,
                       AVDictionary** options) {
  // Over 4 GiB a WAV becomes RF64; room for that is kept in the head.
  if (container_ == Container::kWav) av_dict_set(options, "rf64", "auto", 0);
  // Its header would tell a delay that nobody knows.
  if (container_ == Container::kMp3 && request.codec->initial_padding == 0) {
    av_dict_set(options, "write_xing", "0", 0);
    tells_length_ = false;
  }
  if (container_ != Container::kM4a) return;
  M4aLayout layout = PlanM4a(
      {.seconds = request.seconds,
       .sample_rate = request.codec->sample_rate,
       .frame_samples = request.codec->frame_size,
       .extra_bytes = request.tags == nullptr ? 0 : request.tags->bytes(),
       .head_bytes = head_bytes});
  // Milliseconds would round the edit list, which says where the sound ends.
  av_dict_set_int(options, "movie_timescale", request.codec->sample_rate, 0);
  if (layout.fragmented) {
    gapless_ = tells_length_ = false;
    av_dict_set(options, "movflags", "delay_moov+default_base_moof", 0);
    av_dict_set_int(options, "frag_duration", kFragmentMicroseconds, 0);
    return;
  }
  index_room_ = layout.index_bytes;
  av_dict_set_int(options, "moov_size",
                  static_cast<int64_t>(layout.index_bytes), 0);
}

base::Status Muxer::Write(AVPacket& packet) {
  samples_ += packet.duration;
  index_size_.Add(packet.duration, packet.size);
  if (index_room_ > 0 && index_size_.bytes() > index_room_)
    return Fail(Reason::kCorruptInput,
                "the sound is longer than the source's header says, and the "
                "M4A's index has no room for more; ask for container mka");
  packet.stream_index = 0;
  av_packet_rescale_ts(&packet, time_base_, format_->streams[0]->time_base);
  return Check(av_write_frame(format_, &packet), "a packet was refused");
}

base::Status Muxer::WriteTrailer() {
  int error = av_write_trailer(format_);
  avio_flush(io_.context());
  return Check(error, "the file's end could not be written");
}

base::Status Muxer::Check(int error, const char* what) const {
  if (!io_.status().ok()) return io_.status();
  if (error >= 0) return base::Status::Ok();
  return Fail(Reason::kInternal,
              std::string(what) + " (" + AvErrorText(error) + ")");
}

}  // namespace vexaa::media
